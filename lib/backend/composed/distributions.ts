import type { Warping } from "../choose-tokens";
import { tf } from "../tf";

/** Two distributions over the tokens, row after row: [B·V] each, one and the same array where nothing was changed. */
interface Distributions {
  readonly drawn: Float32Array; // what a token is drawn from
  /** the policy's own distribution, before penalties, temperature, truncation and mask; training recomputes it */
  readonly plain: Float32Array;
}

/** Both distributions of logits [B, V], which it borrows. */
export async function distributions(
  logits: tf.Tensor2D,
  { seen, repetitionPenalty, mask, temperature }: Warping,
): Promise<Distributions> {
  const penalty = repetitionPenalty !== 1 && seen.some(({ size }) => size > 0);
  const tempered = temperature !== 0 && temperature !== 1;
  const plain = tf.softmax(logits);
  const warped =
    !penalty && !mask && !tempered
      ? plain
      : tf.tidy(() => {
          const penalised = penalty ? penalise(logits, seen, repetitionPenalty) : logits;
          const allowed = mask ? tf.add(penalised, tf.tensor2d(mask, logits.shape)) : penalised;
          return tf.softmax(tempered ? tf.div(allowed, temperature) : allowed);
        });
  try {
    const [own, drawn] = await Promise.all([plain.data(), warped === plain ? undefined : warped.data()]);
    return { plain: own as Float32Array, drawn: (drawn ?? own) as Float32Array };
  } finally {
    tf.dispose([plain, warped]);
  }
}

/** Logits of the seen tokens l / θ where l > 0, else l·θ. */
function penalise(logits: tf.Tensor2D, seen: readonly ReadonlySet<number>[], theta: number): tf.Tensor2D {
  const V = logits.shape[1];
  const places = tf.tensor1d(
    seen.flatMap((tokens, b) => [...tokens].map((token) => b * V + token)),
    "int32",
  );
  const flat = tf.reshape(logits, [-1]) as tf.Tensor1D;
  const before = tf.gather(flat, places);
  const after = tf.where(tf.greater(before, 0), tf.div(before, theta), tf.mul(before, theta));
  return tf.tensorScatterUpdate(flat, tf.expandDims(places, 1), after).reshape(logits.shape);
}

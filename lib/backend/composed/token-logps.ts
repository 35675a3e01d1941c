import { ownOperations } from "../own-operations";
import { tf } from "../tf";
import { differentiable } from "../differentiable";
import { isHalf, product } from "./product";

/** Numbers of logits that are held at once: 128 MB of float32. */
export const mostLogits = 1 << 25;

/** Consecutive tokens of the vocabulary. */
type Slice = { readonly from: number; readonly length: number };

/**
 * Log-probability of a label and entropy of the distribution over V tokens, for every row of hidden states, nats.
 *
 * With l = hidden·headᵀ / temperature and p = softmax(l):  ∂logp/∂l = 1[label] − p,   ∂H/∂l = −p·(l − Σ p·l).
 *
 * Large logits are never held whole, nor is their gradient: both are made for a slice of the vocabulary at a time, in
 * the backward pass anew, where log Σ exp l and Σ p·l of every row are known.
 *
 * @param hidden [N, C]
 * @param head [V, C] the output projection: float32, or bfloat16 (product.ts)
 * @param labels int32 [N]
 * @param most numbers of logits to hold at once
 * @param frozen whether the head is not differentiated by: its gradient is as large as itself, and costs a third of the products
 * @returns [N, 2]: logp, H; the caller owns it
 */
export function labelStatistics(
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  labels: tf.Tensor1D,
  temperature = 1,
  { most = mostLogits, frozen = isHalf(head) } = {},
): tf.Tensor2D {
  const slices = slicesOf(head.shape[0], Math.max(1, Math.floor(most / hidden.shape[0])));
  return differentiable(frozen ? [hidden] : [hidden, head], (save) => {
    const [value, ...saved] = forward(hidden, head, labels, temperature, slices) as [tf.Tensor2D, ...tf.Tensor[]];
    save([hidden, head, labels, ...saved]);
    return { value, gradFunc: (dy, kept) => backward(dy as tf.Tensor2D, kept, temperature, slices, frozen) };
  });
}

/** The statistics [N, 2]; log Σ exp l and Σ p·l, [N, 1] each; and the logits, where all are one slice. */
function forward(
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  labels: tf.Tensor1D,
  temperature: number,
  slices: readonly Slice[],
): tf.Tensor2D[] {
  const [N] = hidden.shape;
  return tf.tidy(() => {
    const parts = slices.map((slice) =>
      tf.tidy(() => {
        const l = logitsOf(hidden, rowsOf(head, slice), temperature);
        const sums = labelSums(l, labels, slice);
        return slices.length === 1 ? [sums, l] : [sums];
      }),
    );
    const [peaks, totals, weighted, chosen] = tf.unstack(tf.stack(parts.map(([sums]) => sums!)), 2) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ]; // [slices, N]
    const peak = tf.max(peaks, 0, true);
    const share = tf.exp(tf.sub(peaks, peak));
    const total = tf.sum(tf.mul(totals, share), 0, true);
    const logTotal = tf.reshape(tf.add(peak, tf.log(total)), [N, 1]) as tf.Tensor2D;
    const mean = tf.reshape(tf.div(tf.sum(tf.mul(weighted, share), 0, true), total), [N, 1]) as tf.Tensor2D;
    const logp = tf.sub(tf.reshape(tf.sum(chosen, 0), [N, 1]), logTotal);
    const value = tf.concat([logp, tf.sub(logTotal, mean)], 1) as tf.Tensor2D;
    return [value, logTotal, mean, ...(parts[0]![1] ? [parts[0]![1] as tf.Tensor2D] : [])];
  });
}

/** Gradients of what is saved by `forward`: in hidden, and in a head that is not frozen. */
function backward(
  dy: tf.Tensor2D,
  saved: readonly tf.Tensor[],
  temperature: number,
  slices: readonly Slice[],
  frozen: boolean,
): tf.Tensor[] {
  const [hidden, head, labels, logTotal, mean, logits] = saved as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D | undefined,
  ];
  return tf.tidy(() => {
    const scaled = temperature === 1 ? dy : (tf.div(dy, temperature) as tf.Tensor2D);
    const parts = slices.map((slice) =>
      tf.tidy(() => {
        const rows = rowsOf(head, slice);
        const dl = tf.tidy(() =>
          logitsGradient(logits ?? logitsOf(hidden, rows, temperature), labels, logTotal, mean, scaled, slice),
        );
        return [product(dl, rows), ...(frozen ? [] : [tf.matMul(dl, hidden, true)])];
      }),
    );
    const [dHidden, dHead] = [parts.map(([part]) => part!), parts.flatMap(([, part]) => part ?? [])];
    return [
      dHidden.length === 1 ? dHidden[0]! : tf.addN(dHidden),
      ...(dHead.length > 1 ? [tf.concat(dHead, 0)] : dHead),
    ];
  });
}

/** Of logits l of a slice: max l, Σ exp(l − max l), Σ exp(l − max l)·l, and l of the label, 0 if that lies elsewhere; [N, 4]. */
function labelSums(l: tf.Tensor2D, labels: tf.Tensor1D, slice: Slice): tf.Tensor2D {
  const own = ownOperations();
  if (own) return own.run("DecoderLabelSums", [l, labels], 1, { first: slice.from })[0] as tf.Tensor2D;
  const peak = tf.max(l, -1, true);
  const exponent = tf.exp(tf.sub(l, peak));
  const { places, isInside } = placesOf(labels, slice);
  const chosen = tf.expandDims(tf.mul(tf.gather(tf.reshape(l, [-1]), places), isInside), 1);
  return tf.concat([peak, tf.sum(exponent, -1, true), tf.sum(tf.mul(exponent, l), -1, true), chosen], 1) as tf.Tensor2D;
}

/** Gradient in logits l of a slice, [N, length], for dy [N, 2] of the statistics. */
function logitsGradient(
  l: tf.Tensor2D,
  labels: tf.Tensor1D,
  logTotal: tf.Tensor2D,
  mean: tf.Tensor2D,
  dy: tf.Tensor2D,
  slice: Slice,
): tf.Tensor2D {
  const own = ownOperations();
  if (own)
    return own.run("DecoderLabelGrad", [l, labels, logTotal, mean, dy], 1, { first: slice.from })[0] as tf.Tensor2D;
  const [dLogp, dEntropy] = tf.split(dy, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const constant = tf.sub(tf.mul(dEntropy, mean), dLogp);
  const flat = tf.reshape(tf.mul(tf.exp(tf.sub(l, logTotal)), tf.sub(constant, tf.mul(l, dEntropy))), [-1]);
  const { places, isInside } = placesOf(labels, slice);
  const added = tf.add(tf.gather(flat, places), tf.mul(tf.reshape(dLogp, [-1]), isInside));
  return tf.tensorScatterUpdate(flat, tf.expandDims(places, 1) as tf.Tensor2D, added).reshape(l.shape) as tf.Tensor2D;
}

/** Where each row's label is in a slice's logits, laid out flat, and whether it is there: 1 or 0. Another place of the row if not. */
function placesOf(labels: tf.Tensor1D, { from, length }: Slice): { places: tf.Tensor1D; isInside: tf.Tensor1D } {
  const int = (value: number) => tf.scalar(value, "int32");
  const inside = tf.minimum(tf.maximum(tf.sub(labels, int(from)), int(0)), int(length - 1));
  const isInside = tf.cast(tf.equal(tf.add(inside, int(from)), labels), "float32") as tf.Tensor1D;
  return {
    places: tf.add(tf.mul(tf.range(0, labels.shape[0], 1, "int32"), int(length)), inside) as tf.Tensor1D,
    isInside,
  };
}

const logitsOf = (hidden: tf.Tensor2D, rows: tf.Tensor2D, temperature: number): tf.Tensor2D =>
  tf.tidy(() => (temperature === 1 ? product(hidden, rows, true) : tf.div(product(hidden, rows, true), temperature)));

const rowsOf = (matrix: tf.Tensor2D, { from, length }: Slice): tf.Tensor2D =>
  length === matrix.shape[0] ? matrix : (tf.slice(matrix, [from, 0], [length, -1]) as tf.Tensor2D);

function slicesOf(V: number, longest: number): Slice[] {
  return Array.from({ length: Math.ceil(V / longest) }, (_, i) => ({
    from: i * longest,
    length: Math.min(longest, V - i * longest),
  }));
}

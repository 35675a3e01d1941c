import { isHalf } from "../bfloat16";
import { differentiable } from "../differentiable";
import { mostLogits, type Kernels } from "../kernels";
import { tf } from "../tf";
import { product } from "./product";

/** Consecutive tokens of the vocabulary. */
type Slice = { readonly from: number; readonly length: number };

/** The parts that an implementation may replace: computations on the logits of a slice. */
interface LabelKernels {
  /**
   * Of logits l [N, length]: max l, Σ exp(l − max l), Σ exp(l − max l)·l, and l of the label, or 0 where the label lies
   * outside the slice; [N, 4].
   */
  labelSums(l: tf.Tensor2D, labels: tf.Tensor1D, slice: Slice): tf.Tensor2D;
  /**
   * The gradient in logits l of a slice, [N, length].
   *
   * @param logTotal [N, 1] log Σ exp l over the vocabulary
   * @param mean [N, 1] Σ p·l over the vocabulary
   * @param dy [N, 2] of log-probability and entropy
   */
  logitsGradient(
    l: tf.Tensor2D,
    labels: tf.Tensor1D,
    logTotal: tf.Tensor2D,
    mean: tf.Tensor2D,
    dy: tf.Tensor2D,
    slice: Slice,
  ): tf.Tensor2D;
}

/** The statistics by some kernels. Large logits are never held whole. */
export const tokenLogpsBy =
  (kernels: LabelKernels): Kernels["tokenLogps"] =>
  (hidden, head, labels, temperature = 1, { most = mostLogits, frozen = isHalf(head) } = {}) => {
    const slices = slicesOf(head.shape[0], Math.max(1, Math.floor(most / hidden.shape[0])));
    return differentiable(frozen ? [hidden] : [hidden, head], (save) => {
      const [value, ...saved] = forward(kernels, hidden, head, labels, temperature, slices) as [
        tf.Tensor2D,
        ...tf.Tensor[],
      ];
      save([hidden, head, labels, ...saved]);
      return { value, gradFunc: (dy, kept) => backward(kernels, dy as tf.Tensor2D, kept, temperature, slices, frozen) };
    });
  };

/** The statistics [N, 2]; log Σ exp l and Σ p·l, [N, 1] each; and the logits, where all are one slice. */
function forward(
  { labelSums }: LabelKernels,
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
  { logitsGradient }: LabelKernels,
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

const labelSums: LabelKernels["labelSums"] = (l, labels, slice) => {
  const peak = tf.max(l, -1, true);
  const exponent = tf.exp(tf.sub(l, peak));
  const { places, isInside } = placesOf(labels, slice);
  const chosen = tf.expandDims(tf.mul(tf.gather(tf.reshape(l, [-1]), places), isInside), 1);
  return tf.concat([peak, tf.sum(exponent, -1, true), tf.sum(tf.mul(exponent, l), -1, true), chosen], 1) as tf.Tensor2D;
};

const logitsGradient: LabelKernels["logitsGradient"] = (l, labels, logTotal, mean, dy, slice) => {
  const [dLogp, dEntropy] = tf.split(dy, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const constant = tf.sub(tf.mul(dEntropy, mean), dLogp);
  const flat = tf.reshape(tf.mul(tf.exp(tf.sub(l, logTotal)), tf.sub(constant, tf.mul(l, dEntropy))), [-1]);
  const { places, isInside } = placesOf(labels, slice);
  const added = tf.add(tf.gather(flat, places), tf.mul(tf.reshape(dLogp, [-1]), isInside));
  return tf.tensorScatterUpdate(flat, tf.expandDims(places, 1) as tf.Tensor2D, added).reshape(l.shape) as tf.Tensor2D;
};

export const tokenLogps = tokenLogpsBy({ labelSums, logitsGradient });

/**
 * The index of each row's label in the flattened logits of a slice, and 1 if the label is in the slice, else 0. The
 * index of a label outside of the slice is that of another token of the row.
 */
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

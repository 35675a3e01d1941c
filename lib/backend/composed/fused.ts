import { ownOperations, type OwnOperations } from "../own-operations";
import { tf } from "../tf";
import { differentiable, type Differentiable } from "../differentiable";

// Operations with a hand-written gradient, where autodiff would pass over large tensors several times more.

/** x / rms(x) · weight over the last axis (Zhang & Sennrich 2019). `x` [N, C], `weight` [C] → [N, C]. */
export function rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const own = ownOperations();
  return differentiable([x, weight], (save) =>
    own ? ownNorm(own, x, weight, epsilon, save) : composedNorm(x, weight, epsilon, save),
  );
}

/** silu(gate) · up, of [N, 2F] into [N, F] (Shazeer 2020). */
export function swiGlu(gateUp: tf.Tensor2D): tf.Tensor2D {
  const own = ownOperations();
  if (own) return differentiable([gateUp], (save) => ownSwiGlu(own, gateUp, save));
  const [gate, up] = tf.split(gateUp, 2, -1) as [tf.Tensor2D, tf.Tensor2D];
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}

function ownNorm(
  own: OwnOperations,
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  epsilon: number,
  save: tf.GradSaveFunc,
): Differentiable {
  const [value] = own.run("DecoderNorm", [x, weight], 1, { epsilon });
  save([x, weight]);
  return { value: value!, gradFunc: (dy, saved) => own.run("DecoderNormGrad", [...saved, dy], 2, { epsilon }) };
}

function composedNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number, save: tf.GradSaveFunc): Differentiable {
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)); // [N, 1]
  const normal = tf.mul(x, inverse);
  save([normal, inverse, weight]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [unit, rate, gain] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const inner = tf.mul(dy, gain);
    const dx = tf.mul(rate, tf.sub(inner, tf.mul(unit, tf.mean(tf.mul(inner, unit), -1, true))));
    return [dx, tf.sum(tf.mul(dy, unit), 0)];
  };
  return { value: tf.mul(normal, weight), gradFunc };
}

function ownSwiGlu(own: OwnOperations, gateUp: tf.Tensor2D, save: tf.GradSaveFunc): Differentiable {
  const [value] = own.run("DecoderGate", [gateUp], 1);
  save([gateUp]);
  return { value: value!, gradFunc: (dy, saved) => own.run("DecoderGateGrad", [...saved, dy], 1) };
}

import { above, decay, from, orInfinity, type Range } from "../core/ranges";
import { settings } from "../core/settings";
import { momentsOf, type Moments } from "../backend/moments";
import { gradients } from "../backend/gradients";
import { kernels } from "../backend/kernels-in-use";
import { tf } from "../backend/tf";
import type { NamedArray } from "../models/checkpoints/safetensors/safetensors";

/** Settings of AdamW, with verl's defaults. The learning rate is an argument of each step. */
export const adamWDefaults = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  /** decoupled: per step the weights shrink by learningRate · weightDecay */
  weightDecay: 0.01,
  /** gradients are scaled down to this global norm */
  maxNorm: 1,
};
type AdamWConfig = typeof adamWDefaults;

const ranges: Readonly<Record<keyof AdamWConfig, Range>> = {
  beta1: decay,
  beta2: decay,
  epsilon: above(0),
  weightDecay: from(0),
  maxNorm: orInfinity(above(0)),
};

/** Decoupled-weight-decay Adam (Loshchilov & Hutter 2019) with gradient clipping, whose state can be saved. */
export interface Optimizer {
  /**
   * Minimises `loss`, or the sum of several losses that are computed one after the other, by one step. Returns the
   * value of the loss and the norm of the gradient before clipping. The caller owns neither tensor.
   */
  minimise(
    loss: (() => tf.Scalar) | readonly (() => tf.Scalar)[],
    learningRate: number,
  ): { loss: number; gradNorm: number };
  /**
   * The moments and the step count. An optimizer that gets them back continues exactly where this one was. The numbers
   * of an array are read when they are asked for.
   */
  state(): Record<string, NamedArray>;
  restore(state: Readonly<Record<string, NamedArray>>): void;
  dispose(): void;
}

/** An optimizer of `variables`, which it borrows. The caller disposes of it. */
export function adamW(variables: readonly tf.Variable[], overrides: Partial<AdamWConfig> = {}): Optimizer {
  const { beta1, beta2, epsilon, weightDecay, maxNorm } = settings("optimizer", adamWDefaults, overrides, ranges);
  if (!variables.length)
    throw new RangeError(
      "optimizer: there is nothing to train, for the weights are frozen. Train low-rank adapters, policy.adapt({ " +
        "rank: 16 }), or load the model without { frozen }.",
    );
  const moments = variables.map(({ shape }) => momentsOf(shape));
  let steps = 0;
  return {
    minimise(loss, learningRate) {
      const [value, ...own] = summed(typeof loss === "function" ? [loss] : loss, variables);
      const measured = tf.tidy(() => tf.stack([value!, tf.sqrt(kernels().squaredNorm(own))]));
      const [lossValue, gradNorm] = numbersAndFree(measured) as unknown as [number, number];
      try {
        if (!Number.isFinite(lossValue) || !Number.isFinite(gradNorm)) {
          throw new RangeError(
            `optimizer step ${steps + 1}: the loss is ${lossValue} and the gradient norm ${gradNorm}; the weights ` +
              "were left as they were. Lower the learning rate.",
          );
        }
        steps += 1;
        const scale = Math.min(1, maxNorm / (gradNorm + 1e-6)); // torch's clip_grad_norm_
        const rate = learningRate / (1 - beta1 ** steps);
        const correction = 1 / Math.sqrt(1 - beta2 ** steps);
        const shrink = 1 - learningRate * weightDecay;
        const parts = variables.map((variable, i) => ({ variable, gradient: own[i]!, ...moments[i]! }));
        kernels().adam(parts, { beta1, beta2, epsilon, rate, correction, shrink, scale });
      } finally {
        tf.dispose([value!, ...own]);
      }
      return { loss: lossValue, gradNorm };
    },
    state: () => ({
      steps: { shape: [1], data: Float32Array.of(steps) },
      ...Object.fromEntries(
        moments.flatMap((each, i) => [
          [`first.${i}`, momentOf(each, 0, variables[i]!.shape)],
          [`second.${i}`, momentOf(each, 1, variables[i]!.shape)],
        ]),
      ),
    }),
    restore(state) {
      steps = state.steps!.data[0]!;
      variables.forEach((variable, i) => {
        const [first, second] = [`first.${i}`, `second.${i}`].map((name) => {
          const saved = state[name];
          if (!saved || String(saved.shape) !== String(variable.shape))
            throw new RangeError(
              `optimizer: saved ${name} is [${saved?.shape}], the variable is [${variable.shape}]. Resume with the ` +
                "same model.",
            );
          return saved;
        });
        tf.tidy(() =>
          moments[i]!.restore(tf.tensor(first!.data, [...first!.shape]), tf.tensor(second!.data, [...second!.shape])),
        );
      });
    },
    dispose: () => moments.forEach((each) => each.dispose()),
  };
}

/**
 * The sum of several losses and of their gradients. Memory holds the gradients of one loss at a time. The caller owns
 * the results.
 */
function summed(losses: readonly (() => tf.Scalar)[], variables: readonly tf.Variable[]): tf.Tensor[] {
  let sums: tf.Tensor[] = [];
  try {
    for (const loss of losses) {
      const { value, gradients: own } = gradients(loss, variables);
      const next = [value, ...own];
      sums = next.map((tensor, i) => {
        const before = sums[i];
        if (!before) return tensor;
        const sum = tf.add(before, tensor);
        tf.dispose([before, tensor]);
        return sum;
      });
    }
    return sums;
  } catch (error) {
    tf.dispose(sums);
    throw error;
  }
}

/**
 * One of the two moments. Its numbers are copied from the backend when `data` is read, so that saving holds one array
 * at a time.
 */
const momentOf = (moments: Moments, which: 0 | 1, shape: readonly number[]): NamedArray => ({
  shape,
  get data() {
    const both = moments.read();
    both[1 - which]!.dispose();
    return numbersAndFree(both[which]);
  },
});

/** Returns the numbers of a tensor and disposes of the tensor. */
function numbersAndFree(tensor: tf.Tensor): Float32Array {
  try {
    return tensor.dataSync() as Float32Array;
  } finally {
    tensor.dispose();
  }
}

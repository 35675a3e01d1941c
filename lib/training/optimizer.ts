import { tf } from "../models/backend/tf";
import { variableFrom } from "../models/weights";
import type { NamedArray } from "../models/safetensors";

/** Settings of AdamW; verl's, but for the learning rate, which every step brings. */
export const adamWDefaults = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01, // decoupled: per step the weights shrink by learningRate · weightDecay
  maxNorm: 1, // gradients are scaled down to this global norm
};
export type AdamWConfig = typeof adamWDefaults;

/** Decoupled-weight-decay Adam (Loshchilov & Hutter 2019) with gradient clipping, whose state can be saved. */
export interface Optimizer {
  /** Minimises `loss` by one step. Returns its value and the gradient's norm before clipping; the caller owns neither tensor. */
  minimise(loss: () => tf.Scalar, learningRate: number): { loss: number; gradNorm: number };
  /** Moments and step count, to go on later exactly as if never stopped. */
  state(): Record<string, NamedArray>;
  restore(state: Readonly<Record<string, NamedArray>>): void;
  dispose(): void;
}

/** An optimizer of `variables`, which it borrows. The caller disposes of it. */
export function adamW(variables: readonly tf.Variable[], overrides: Partial<AdamWConfig> = {}): Optimizer {
  const { beta1, beta2, epsilon, weightDecay, maxNorm } = { ...adamWDefaults, ...overrides };
  if (!variables.length) throw new RangeError("optimizer: there is nothing to train, for the weights are frozen. Train low-rank adapters, policy.adapt({ rank: 16 }), or load the model without { frozen }.");
  const zeros = () => variables.map((variable) => variableFrom(tf.zeros(variable.shape)));
  const first = zeros();
  const second = zeros();
  let steps = 0;
  return {
    minimise(loss, learningRate) {
      const { value, grads } = tf.variableGrads(loss, [...variables]);
      const gradients = variables.map((variable) => grads[variable.name]!);
      const [lossValue, gradNorm] = tf.tidy(() => {
        const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
        return tf.stack([value, norm]).dataSync() as unknown as [number, number];
      });
      try {
        if (!Number.isFinite(lossValue) || !Number.isFinite(gradNorm)) {
          throw new RangeError(`optimizer step ${steps + 1}: the loss is ${lossValue} and the gradient norm ${gradNorm}; the weights were left as they were. Lower the learning rate.`);
        }
        steps += 1;
        const scale = Math.min(1, maxNorm / (gradNorm + 1e-6)); // torch's clip_grad_norm_
        const rate = learningRate / (1 - beta1 ** steps);
        const correction = 1 / Math.sqrt(1 - beta2 ** steps);
        variables.forEach((variable, i) =>
          tf.tidy(() => {
            const gradient = tf.mul(gradients[i]!, scale);
            first[i]!.assign(tf.add(tf.mul(first[i]!, beta1), tf.mul(gradient, 1 - beta1)));
            second[i]!.assign(tf.add(tf.mul(second[i]!, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
            const denominator = tf.add(tf.mul(tf.sqrt(second[i]!), correction), epsilon);
            const shrunk = weightDecay ? tf.mul(variable, 1 - learningRate * weightDecay) : variable;
            variable.assign(tf.sub(shrunk, tf.mul(tf.div(first[i]!, denominator), rate)));
          }),
        );
      } finally {
        tf.dispose([value, gradients]);
      }
      return { loss: lossValue, gradNorm };
    },
    state: () => ({
      steps: { shape: [1], data: Float32Array.of(steps) },
      ...Object.fromEntries(variables.flatMap((_, i) => [[`first.${i}`, arrayOf(first[i]!)], [`second.${i}`, arrayOf(second[i]!)]])),
    }),
    restore(state) {
      steps = state.steps!.data[0]!;
      variables.forEach((variable, i) => {
        for (const [moment, name] of [[first[i]!, `first.${i}`], [second[i]!, `second.${i}`]] as const) {
          const saved = state[name];
          if (!saved || String(saved.shape) !== String(variable.shape)) throw new RangeError(`optimizer: saved ${name} is [${saved?.shape}], the variable is [${variable.shape}]. Resume with the same model.`);
          tf.tidy(() => moment.assign(tf.tensor(saved.data, [...saved.shape])));
        }
      });
    },
    dispose: () => tf.dispose([...first, ...second]),
  };
}

const arrayOf = (tensor: tf.Tensor): NamedArray => ({ shape: tensor.shape, data: tensor.dataSync() as Float32Array });

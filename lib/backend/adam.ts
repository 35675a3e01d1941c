import type { tf } from "./tf";

/** What one step of Adam multiplies with: step t, at learning rate η. */
export interface AdamRates {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly rate: number; // η / (1 − β₁ᵗ)
  readonly correction: number; // 1 / √(1 − β₂ᵗ)
  readonly shrink: number; // 1 − η·λ, the decoupled weight decay
  readonly scale: number; // of the gradient, below 1 where it is clipped
}

/** A variable, its gradient, and the running means of the gradient and of its square, all of one shape. */
export interface AdamPart {
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly first: tf.Variable;
  readonly second: tf.Variable;
}

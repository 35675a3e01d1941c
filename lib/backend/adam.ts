import { floatType, nativeProcessor } from "./native/binding";
import { ownOperations, type OwnOperations } from "./own-operations";
import { tf } from "./tf";

/** What one step of Adam multiplies with: step t, at learning rate η. */
export interface AdamRates {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly rate: number; // η / (1 − β₁ᵗ)
  readonly correction: number; // 1 / √(1 − β₂ᵗ)
  readonly shrink: number; // 1 − η·λ, of decoupled weight decay
  readonly scale: number; // of the gradient, when it is clipped
}

/** Running means of a gradient and of its square, by which a variable is moved. They start at zero. */
export interface Moments {
  /** w ← shrink·w − rate·m / (correction·√v + ε), after m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g², g scaled. */
  move(variable: tf.Variable, gradient: tf.Tensor, rates: AdamRates): void;
  /** Mean and mean square, of the variable's shape. The caller owns them. */
  read(): [first: tf.Tensor, second: tf.Tensor];
  /** Goes on from these, which it borrows. */
  restore(first: tf.Tensor, second: tf.Tensor): void;
  dispose(): void;
}

/** The moments of a variable of this shape, kept on the backend in use. The caller disposes of them. */
export function momentsOf(shape: number[]): Moments {
  const own = ownOperations();
  const [first, second] = [0, 1].map(() => tf.tidy(() => tf.variable(fresh(tf.zeros(shape))))) as [
    tf.Variable,
    tf.Variable,
  ];
  return {
    move: own ? inPlace(own, first, second) : composed(first, second),
    read: () => [fresh(first), fresh(second)],
    restore: (savedFirst, savedSecond) =>
      tf.tidy(() => {
        first.assign(fresh(savedFirst));
        second.assign(fresh(savedSecond));
      }),
    dispose: () => tf.dispose([first, second]),
  };
}

/** The same numbers in memory of their own, which may be written to. */
const fresh = (tensor: tf.Tensor): tf.Tensor => tf.mul(tensor, 1);

/** By one operation that passes over everything once; composed of others, Adam takes a dozen passes. */
const inPlace =
  (own: OwnOperations, first: tf.Variable, second: tf.Variable): Moments["move"] =>
  (variable, gradient, { beta1, beta2, epsilon, rate, correction, shrink, scale }) => {
    const rates = Float32Array.of(beta1, 1 - beta1, beta2, 1 - beta2, epsilon, rate, correction, shrink, scale);
    const moved = own.run("DecoderAdam", [variable, gradient, first, second, rates], 1)[0]!;
    variable.assign(moved);
    moved.dispose();
  };

/** Of operations that every backend has. */
const composed =
  (first: tf.Variable, second: tf.Variable): Moments["move"] =>
  (variable, gradient, { beta1, beta2, epsilon, rate, correction, shrink, scale }) =>
    tf.tidy(() => {
      const scaled = tf.mul(gradient, scale);
      first.assign(tf.add(tf.mul(first, beta1), tf.mul(scaled, 1 - beta1)));
      second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(scaled), 1 - beta2)));
      const denominator = tf.add(tf.mul(tf.sqrt(second), correction), epsilon);
      variable.assign(
        tf.sub(shrink === 1 ? variable : tf.mul(variable, shrink), tf.mul(tf.div(first, denominator), rate)),
      );
    });

/** Σ g² over all gradients, a scalar. The caller owns it. */
export function squaredNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  const native = nativeProcessor();
  return tf.tidy(() => {
    if (!native) return tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))) as tf.Scalar;
    return tf.mul(
      tf.addN(
        gradients.map((gradient) => native.executeSingleOutput("L2Loss", [floatType(native)], [gradient]) as tf.Scalar),
      ),
      2,
    ); // L2Loss is half of it
  });
}

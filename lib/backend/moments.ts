import type { AdamRates } from "./adam";
import { kernels } from "./kernels-in-use";
import { tf } from "./tf";

/** Running means of a gradient and of its square. They start at zero. */
export interface Moments {
  readonly first: tf.Variable;
  readonly second: tf.Variable;
  /** w ← shrink·w − rate·m / (correction·√v + ε), after m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g², g scaled. */
  move(variable: tf.Variable, gradient: tf.Tensor, rates: AdamRates): void;
  /** Mean and mean square, of the variable's shape. The caller owns them. */
  read(): [first: tf.Tensor, second: tf.Tensor];
  /** Sets both moments to the numbers of these tensors, which it borrows. */
  restore(first: tf.Tensor, second: tf.Tensor): void;
  dispose(): void;
}

/** The moments of a variable of this shape. The caller disposes of them. */
export function momentsOf(shape: number[]): Moments {
  const [first, second] = [0, 1].map(() => tf.tidy(() => tf.variable(fresh(tf.zeros(shape))))) as [
    tf.Variable,
    tf.Variable,
  ];
  return {
    first,
    second,
    move: (variable, gradient, rates) => kernels().adam([{ variable, gradient, first, second }], rates),
    read: () => [fresh(first), fresh(second)],
    restore: (savedFirst, savedSecond) =>
      tf.tidy(() => {
        first.assign(fresh(savedFirst));
        second.assign(fresh(savedSecond));
      }),
    dispose: () => tf.dispose([first, second]),
  };
}

/** The same numbers in memory of their own: native-cpu changes moments in place. */
const fresh = (tensor: tf.Tensor): tf.Tensor => tf.mul(tensor, 1);

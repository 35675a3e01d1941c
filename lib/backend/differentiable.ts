import { alias, isRecording, note, unrecorded } from "./tape";
import { tf } from "./tf";

/**
 * A value, and a function that computes the gradients in the inputs from the saved tensors. A gradient may be a
 * function, which is called only if that gradient is wanted.
 */
export interface Differentiable {
  readonly value: tf.Tensor;
  readonly gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => (tf.Tensor | (() => tf.Tensor))[];
}

/**
 * An operation with a hand-written gradient, like `tf.customGrad` at a fraction of its cost. Tensors that `compute`
 * makes are disposed of before the gradient runs, so that it must `save` those that the gradient needs. Tensors that
 * are older than the loss need not be saved.
 *
 * @param inputs what it can be differentiated by
 */
export function differentiable<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  compute: (save: tf.GradSaveFunc) => Differentiable,
): T {
  const isRecorded = isRecording();
  const saved: tf.Tensor[] = [];
  const save = (tensors: readonly tf.Tensor[]): void => {
    if (isRecorded) for (const tensor of tensors) saved.push(tf.keep(alias(tensor)));
  };
  let gradFunc!: Differentiable["gradFunc"];
  const run = (): T => {
    const made = compute(save);
    gradFunc = made.gradFunc;
    return made.value as T;
  };
  try {
    const value = unrecorded(() => tf.tidy(run));
    if (isRecorded)
      note({
        kernelName: "differentiable",
        inputs: Object.fromEntries(inputs.entries()),
        outputs: [value],
        saved,
        gradient: ([dy]) => gradientsOf(gradFunc(dy!, saved), inputs.length),
      });
    return value;
  } catch (error) {
    tf.dispose(saved);
    throw error;
  }
}

/** Of each input by its number, as the tape names them. */
function gradientsOf(made: ReturnType<Differentiable["gradFunc"]>, inputs: number): Record<string, () => tf.Tensor> {
  if (made.length !== inputs)
    throw new Error(`differentiable: ${made.length} gradients of ${inputs} inputs. Return one for each.`);
  return Object.fromEntries(made.map((gradient, i) => [i, typeof gradient === "function" ? gradient : () => gradient]));
}

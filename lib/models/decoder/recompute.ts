import { gradients } from "../../backend/gradients";
import { tf } from "../../backend/tf";
import { differentiable } from "../../backend/differentiable";

/**
 * Computes f(x) so that a gradient keeps only x. The intermediate results of f are freed and computed once more in the
 * backward pass (gradient checkpointing, Chen et al. 2016).
 *
 * @param f maps x to a tensor; it is called twice and must give the same result both times
 * @param variables that f uses and whose gradients may be asked for; they must not change before the backward pass
 * @param constants other tensors that f uses, in their order; their owner may dispose of them before the backward pass
 */
export function recomputed<T extends tf.Tensor>(
  f: (x: T, constants: readonly tf.Tensor[]) => T,
  x: T,
  variables: readonly tf.Tensor[],
  constants: readonly tf.Tensor[],
): T {
  return differentiable([x, ...variables], (save) => {
    save([x, ...constants]);
    const gradFunc = (dy: tf.Tensor, [input, ...own]: tf.Tensor[]) => {
      const { value, gradients: found } = gradients(() => f(input as T, own), [input!, ...variables], dy);
      value.dispose();
      return found;
    };
    return { value: tf.tidy(() => f(x, constants)), gradFunc };
  });
}

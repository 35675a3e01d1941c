import { gradients } from "../../backend/gradients";
import { tf } from "../../backend/tf";
import { differentiable } from "../../backend/differentiable";

/**
 * f(x), of which a gradient keeps x only: what f computes on the way is forgotten, and computed once more in the
 * backward pass (gradient checkpointing, Chen et al. 2016).
 *
 * @param f maps x to a tensor; it is called twice, and must give the same both times
 * @param variables that f uses and a gradient may be wanted of; they must not change before that
 * @param constants other tensors that f uses and that may be gone by then, in their order
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

import { tf } from "../../../lib/backend/tf";
import type { Rows } from "../../../lib/training/estimators/masked";
import type { PolicyLossFunction, PolicyLossOptions } from "../../../lib/training/losses/policy-loss-input";
import { numbers } from "../../fixtures";

const matrix = (rows: Rows): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]));

/**
 * A loss of some tokens, given by their probabilities before and after, and its gradient by log π. All are inside the
 * mask.
 */
export function measureLoss<Options extends PolicyLossOptions>(
  loss: (input: Parameters<PolicyLossFunction>[0], options?: Options) => ReturnType<PolicyLossFunction>,
  { before, now, advantages, weights }: Record<"before" | "now" | "advantages", Rows> & { readonly weights?: Rows },
  options: Options & object, // the loss alone says which ones there are
): { loss: number; clipFraction: number; lowerClipFraction: number | undefined; gradient: number[] } {
  const logs = (rows: Rows): Rows => rows.map((row) => row.map(Math.log));
  return tf.tidy(() => {
    const of = (logps: tf.Tensor) =>
      loss(
        {
          logps: logps as tf.Tensor2D,
          oldLogps: matrix(logs(before)),
          advantages: matrix(advantages),
          mask: tf.onesLike(matrix(before)),
          weights: weights && matrix(weights),
        },
        options,
      );
    const at = matrix(logs(now));
    const made = of(at);
    return {
      loss: numbers(made.loss)[0]!,
      clipFraction: numbers(made.clipFraction)[0]!,
      lowerClipFraction: made.lowerClipFraction && numbers(made.lowerClipFraction)[0]!,
      gradient: numbers(tf.grad((x) => of(x).loss)(at)),
    };
  });
}

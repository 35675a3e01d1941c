import { masked, variance, type Rows } from "./masked";

/**
 * 1 − Var(R − V)/(Var(R) + 1e-5) over the mask: 1 is a perfect critic, 0 one that knows only the mean. verl's
 * vf_explained_var.
 *
 * @param returns [B][R]
 * @param values [B][R] of the critic that the returns were estimated with
 * @param mask [B][R] 1 on response tokens
 */
export function explainedVariance(returns: Rows, values: Rows, mask: Rows): number {
  const errors = returns.map((row, b) => row.map((target, t) => target - values[b]![t]!));
  return 1 - variance(masked(errors, mask)) / (variance(masked(returns, mask)) + 1e-5);
}

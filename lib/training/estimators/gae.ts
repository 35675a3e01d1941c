import { sameShape } from "../../core/shapes";
import { masked, mean, shapeOf, variance, type Rows } from "./masked";

/** What GAE estimates, [B][R] each. */
export interface Advantages {
  readonly advantages: readonly number[][]; // Â_t, not whitened
  readonly returns: readonly number[][]; // Â_t + V_t: what the critic is taught
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16), as verl's compute_gae_advantage_return.
 *
 *   δ_t = r_t + γ·V_{t+1} − V_t,   Â_t = δ_t + γλ·Â_{t+1}
 *
 * Positions outside the mask are skipped, not treated as reward 0: the estimate is carried across them.
 *
 * @param rewards [B][R] reward of each token, KL penalty included
 * @param values [B][R] the critic's estimate before each token
 * @param mask [B][R] 1 on response tokens
 */
export function gae(
  { rewards, values, mask }: Record<"rewards" | "values" | "mask", Rows>,
  { gamma = 1, lambda = 1 } = {},
): Advantages {
  sameShape("gae", "[B, R]", { rewards: shapeOf(rewards), values: shapeOf(values), mask: shapeOf(mask) });
  const advantages = rewards.map((row, b) => {
    const own = new Array<number>(row.length);
    let nextValue = 0;
    let last = 0;
    for (let t = row.length - 1; t >= 0; t--) {
      const inside = mask[b]![t]!;
      const delta = row[t]! + gamma * nextValue - values[b]![t]!;
      const estimate = delta + gamma * lambda * last;
      nextValue = inside ? values[b]![t]! : nextValue;
      last = inside ? estimate : last;
      own[t] = last;
    }
    return own;
  });
  const returns = advantages.map((row, b) => row.map((estimate, t) => estimate + values[b]![t]!));
  return { advantages, returns };
}

/** (x − μ)·(σ² + 1e-8)^−½ over the mask, with the unbiased variance; 0 outside it. verl's masked_whiten. */
export function whiten(values: Rows, mask: Rows): number[][] {
  const inside = masked(values, mask);
  if (inside.length < 2)
    throw new RangeError(`whiten: ${inside.length} unmasked values have no variance. Use a larger batch.`);
  const centre = mean(inside);
  const scale = 1 / Math.sqrt(variance(inside) + 1e-8);
  return values.map((row, b) => row.map((value, t) => (mask[b]![t]! ? (value - centre) * scale : 0)));
}

/** 1 − Var(R − V)/(Var(R) + 1e-5) over the mask: 1 is a perfect critic, 0 one that knows only the mean. verl's vf_explained_var. */
export function explainedVariance(returns: Rows, values: Rows, mask: Rows): number {
  const errors = returns.map((row, b) => row.map((target, t) => target - values[b]![t]!));
  return 1 - variance(masked(errors, mask)) / (variance(masked(returns, mask)) + 1e-5);
}

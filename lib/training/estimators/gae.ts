import { sameShape } from "../../core/shapes";
import { shapeOf, type Rows } from "./masked";

/** What GAE estimates, [B][R] each. */
export interface Advantages {
  readonly advantages: readonly number[][]; // Â_t, not whitened
  readonly returns: readonly number[][]; // Â_t + V_t: the target of the critic
}

/** How GAE discounts, and what it does with positions outside the mask. */
interface GaeOptions {
  readonly gamma?: number; // γ, discount of a token's reward; 1 by default
  readonly lambda?: number; // λ, between one-step (0) and whole-response (1) estimates; 1 by default
  /**
   * True, as in verl since 0.4: the estimate is carried across positions outside the mask. False: they count as reward
   * 0 and value 0.
   */
  readonly skipMasked?: boolean;
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16), as verl's compute_gae_advantage_return.
 *
 *   δ_t = r_t + γ·V_{t+1} − V_t,   Â_t = δ_t + γλ·Â_{t+1}
 *
 * Positions outside the mask are skipped: the next value and the next estimate are carried across them.
 * With `skipMasked: false` (DeepRetrieval's verl 0.1, OpenRLHF) they are tokens of reward 0 and value 0 instead;
 * both give the same numbers for γ = 1, λ = 1.
 *
 * @param rewards [B][R] reward of each token, KL penalty included
 * @param values [B][R] the critic's estimate before each token
 * @param mask [B][R] 1 on response tokens
 */
export function gae(
  { rewards, values, mask }: Record<"rewards" | "values" | "mask", Rows>,
  { gamma = 1, lambda = 1, skipMasked = true }: GaeOptions = {},
): Advantages {
  sameShape("gae", "[B, R]", { rewards: shapeOf(rewards), values: shapeOf(values), mask: shapeOf(mask) });
  const advantages = rewards.map((row, b) => {
    const own = new Array<number>(row.length);
    let nextValue = 0;
    let last = 0;
    for (let t = row.length - 1; t >= 0; t--) {
      const inside = mask[b]![t]! > 0;
      if (inside || !skipMasked) {
        const value = inside ? values[b]![t]! : 0;
        const delta = (inside ? row[t]! : 0) + gamma * nextValue - value;
        last = delta + gamma * lambda * last;
        nextValue = value;
      }
      own[t] = last;
    }
    return own;
  });
  const returns = advantages.map((row, b) => row.map((estimate, t) => estimate + values[b]![t]!));
  return { advantages, returns };
}

import type { RewardOutcome } from "../../core/reward-outcome";
import type { Scorer } from "./scorer";

/** `scorer`, with a call of `count` for each outcome. */
export const outcomeCounting = (
  scorer: Scorer,
  count: (task: string, kind: RewardOutcome["kind"]) => void,
): Scorer => ({
  pending: scorer.pending,
  async score(items, signal, seconds) {
    const outcomes = await scorer.score(items, signal, seconds);
    outcomes.forEach(({ kind }, i) => count(items[i]!.served.name, kind));
    return outcomes;
  },
});

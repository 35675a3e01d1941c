import { finite } from "../../core/ranges";
import type { Rows } from "../estimators/masked";
import { plainPolicyLoss } from "../losses/plain-policy-loss";
import type { Algorithm, SampledStep } from "./algorithm";
import { groupSettings, partsOf, type GroupSettings } from "./group-settings";

/** Settings of best-of-n besides those of every group algorithm. */
export interface BestOfNSettings extends GroupSettings {
  readonly atLeast: number; // reward below which even the best response of a group is not imitated
}

/**
 * Best-of-n rejection sampling (Dong et al. 2023, RAFT): several responses to each prompt, and supervised learning on
 * the best of each group. The loss is the mean of −log π over the tokens of the responses that are kept.
 *
 * A group whose responses all earned the same is not imitated: nothing tells a best one.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function bestOfN(options: Partial<BestOfNSettings> = {}): Algorithm {
  const given = groupSettings<BestOfNSettings>(
    "bestOfN",
    {
      defaults: { klCoefficient: 0, atLeast: -1e9 },
      ranges: { atLeast: finite },
      unread: ["clip", "clipHigh", "dualClip", "ratioBound"],
    },
    options,
  );
  return {
    ...partsOf("bestOfN", given),
    estimate: (step) => ({ advantages: imitated(step, given.atLeast) }),
    loss: plainPolicyLoss,
  };
}

/** 1 on the tokens of the best response of each group, scaled so that a mean over all tokens is one over these. */
function imitated({ scores, groups, mask }: SampledStep, atLeast: number): Rows {
  const best = new Map<string | number, number>();
  const worst = new Map<string | number, number>();
  scores.forEach((score, b) => {
    if (score === undefined) return;
    const group = groups[b]!;
    if (!best.has(group) || score > scores[best.get(group)!]!) best.set(group, b);
    worst.set(group, Math.min(worst.get(group) ?? Infinity, score));
  });
  const kept = new Set(
    [...best].filter(([group, b]) => scores[b]! > worst.get(group)! && scores[b]! >= atLeast).map(([, b]) => b),
  );
  const tokens = (rows: Rows) => rows.reduce((sum, row) => sum + row.reduce((own, one) => own + one, 0), 0);
  const scale = tokens(mask) / Math.max(tokens(mask.filter((_, b) => kept.has(b))), 1);
  return mask.map((row, b) => row.map((one) => (kept.has(b) && one ? scale : 0)));
}

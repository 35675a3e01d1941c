import { above, flag, oneOf, type Range } from "../../core/ranges";
import { checkOptions } from "../../core/settings";
import { importanceWeights } from "../losses/importance-weights";
import type { Rows } from "../estimators/masked";

/**
 * How training corrects for a sampler whose probabilities are not those of the policy: another engine, or another
 * precision. The kinds have the names of TRL; verl calls the level `rollout_is` and the cap `rollout_is_threshold`.
 *
 *   token_truncate      w = min(ρ_t, cap),  the ratio ρ of a token being π_old / π_rollout
 *   token_mask          w = ρ_t where floor ≤ ρ_t ≤ cap, else 0: the token teaches nothing
 *   sequence_truncate   w = min(Π_t ρ_t, cap) for every token of the response
 *   sequence_mask       w = Π_t ρ_t where floor ≤ Π_t ρ_t ≤ cap, else 0
 */
export interface RolloutCorrection {
  readonly kind: CorrectionKind;
  readonly cap?: number; // 2 by default, as verl's; TRL has 3
  readonly floor?: number; // of the mask kinds; none by default
  readonly normalise?: boolean; // divides the weights by their mean (verl's rollout_is_batch_normalize)
}

const kinds = ["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"] as const;
type CorrectionKind = (typeof kinds)[number];

const ranges: Readonly<Record<keyof RolloutCorrection, Range>> = {
  kind: oneOf(...kinds),
  cap: above(0),
  floor: above(0),
  normalise: flag,
};

/** The correction of a run whose rollouts come from another engine, unless the caller chooses. */
export const usualCorrection: RolloutCorrection = { kind: "token_truncate", cap: 2 };

/**
 * `correction`, complete; undefined for "none". Throws TypeError for an unknown field, RangeError for a value out of
 * its range and for two that disagree.
 */
export function checkedCorrection(
  where: string,
  correction: RolloutCorrection | "none" | undefined,
): RolloutCorrection | undefined {
  if (correction === undefined || correction === "none") return undefined;
  checkOptions(`${where}: rolloutCorrection`, correction, ranges);
  const { kind, cap = 2, floor } = correction;
  if (kind === undefined)
    throw new TypeError(`${where}: rolloutCorrection has no kind; it must be one of ${kinds.join(", ")}.`);
  if (floor !== undefined && kind.endsWith("truncate"))
    throw new RangeError(
      `${where}: rolloutCorrection.kind "${kind}" and rolloutCorrection.floor ${floor} do not go together: only a ` +
        `mask leaves out what lies below a floor. Use "${kind.replace("truncate", "mask")}", or leave floor out.`,
    );
  if (floor !== undefined && floor >= cap)
    throw new RangeError(
      `${where}: rolloutCorrection.floor ${floor} and rolloutCorrection.cap ${cap} do not go together: nothing lies ` +
        "between them, so that no token would teach. Set floor below 1 and cap above it; 0.5 and 2 are usual.",
    );
  return { ...correction, cap };
}

/** Weights of tokens, [B][R], and verl's rollout_corr/ metrics. */
export function correctionWeights(
  logps: Record<"oldLogps" | "rolloutLogps" | "mask", Rows>,
  { kind, cap = 2, floor = 0, normalise = false }: RolloutCorrection,
): ReturnType<typeof importanceWeights> {
  const masks = kind.endsWith("mask");
  return importanceWeights(logps, {
    level: kind.startsWith("token") ? "token" : "sequence",
    upper: cap,
    normalise,
    ...(masks && { lower: floor }),
  });
}

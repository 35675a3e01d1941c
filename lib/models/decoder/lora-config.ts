import { above, list, whole } from "../../core/ranges";
import { settings } from "../../core/settings";

/** The linear maps of a decoder layer, by the names that transformers and PEFT give them. */
export const loraTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type LoraTarget = (typeof loraTargets)[number];

/**
 * Settings of low-rank adapters (Hu et al. 2021). There is no dropout: the log-probability of a token must depend on
 * the weights alone, since PPO compares it between passes.
 */
export const loraDefaults = {
  /** r: a linear map W [out, in] becomes W + scale·B·A, with A [r, in] and B [out, r] */
  rank: 16,
  /** scale is alpha / rank */
  alpha: 32,
  /** the linear maps that are adapted */
  targets: loraTargets as readonly LoraTarget[],
  /** rank-stabilised (Kalajdzievski 2023): scale is alpha / √rank */
  rslora: false,
  /** seed of the random numbers of A; B starts at zero, so that untrained adapters change nothing */
  seed: 0,
};
/** Settings of low-rank adapters, by the names of PEFT. */
export type LoraConfig = Readonly<typeof loraDefaults>;

/** Checks settings and puts the targets into their order. Throws TypeError or RangeError with the value. */
export function loraConfig(overrides: Partial<LoraConfig>): LoraConfig {
  const config = settings("adapt", loraDefaults, overrides, { rank: whole(1), alpha: above(0), targets: list });
  const { targets } = config;
  if (!targets.length || !targets.every((target) => loraTargets.includes(target)))
    throw new RangeError(`adapt: targets are ${JSON.stringify(targets)}; name some of ${loraTargets.join(", ")}.`);
  return { ...config, targets: loraTargets.filter((target) => targets.includes(target)) };
}

/** The factor that B·A is multiplied with. */
export const scaleOf = ({ rank, alpha, rslora }: LoraConfig): number => alpha / (rslora ? Math.sqrt(rank) : rank);

import { biasedWhitening, unbiasedWhitening, type Whitening } from "../estimators/whiten";
import { verlBounds, type KLBounds, type KLKind } from "../kl/kinds";
import type { AggregationMode } from "../losses/aggregate";

/**
 * The conventions of a framework: what it computes where an algorithm's paper leaves the choice. Two runs of "GRPO"
 * with other epsilons are other runs, so a profile fixes all of them by one name.
 */
export interface Profile {
  readonly name: string;
  readonly version: string; // of the source that the numbers were read in
  readonly groupEpsilon: number; // ε added to the standard deviation of a group
  readonly singleton: "score" | "zero"; // advantage of an answer without others in its group
  readonly whitening: Whitening; // of advantages over a batch
  readonly gaeSkipsMasked: boolean; // whether GAE carries its estimate across positions outside the mask
  readonly ratioBound: number; // of |log ρ| before its exponential is taken, nats; Infinity for none
  readonly dualClip: number; // c of the dual clip; Infinity for none
  readonly clip: number; // ε of the ratio
  readonly valueClip: number; // ε of the critic's values
  readonly aggregation: AggregationMode; // of the losses of tokens
  readonly kl: { readonly kind: KLKind; readonly place: "reward" | "loss" }; // as its own recipes set it
  readonly klBounds: KLBounds; // of the k3 estimate
}

const none: KLBounds = { ratio: Infinity, value: Infinity };

/** The profiles by name. */
export const profiles = {
  deepretrieval: {
    name: "deepretrieval",
    version: "DeepRetrieval 001a563d, on verl 0.1",
    groupEpsilon: 1e-6,
    singleton: "score",
    whitening: unbiasedWhitening,
    gaeSkipsMasked: false,
    ratioBound: Infinity,
    dualClip: Infinity,
    clip: 0.2,
    valueClip: 0.5,
    aggregation: "token-mean",
    kl: { kind: "k1", place: "reward" },
    klBounds: { ratio: Infinity, value: 10 },
  },
  verl: {
    name: "verl",
    version: "verl 0.9.0",
    groupEpsilon: 1e-6,
    singleton: "score",
    whitening: unbiasedWhitening,
    gaeSkipsMasked: true,
    ratioBound: 20,
    dualClip: 3,
    clip: 0.2,
    valueClip: 0.5,
    aggregation: "token-mean",
    kl: { kind: "k3", place: "loss" },
    klBounds: verlBounds,
  },
  trl: {
    name: "trl",
    version: "TRL 1.10.0.dev0",
    groupEpsilon: 1e-4,
    singleton: "zero",
    whitening: unbiasedWhitening,
    gaeSkipsMasked: false,
    ratioBound: Infinity,
    dualClip: Infinity,
    clip: 0.2,
    valueClip: 0.2,
    aggregation: "token-mean",
    kl: { kind: "k3", place: "loss" },
    klBounds: none,
  },
  openrlhf: {
    name: "openrlhf",
    version: "OpenRLHF 0.10",
    groupEpsilon: 1e-9,
    singleton: "zero",
    whitening: biasedWhitening,
    gaeSkipsMasked: false,
    ratioBound: Infinity,
    dualClip: Infinity,
    clip: 0.2,
    valueClip: 0.2,
    aggregation: "token-mean",
    kl: { kind: "k1", place: "reward" },
    klBounds: { ratio: Infinity, value: 10, everyKind: true },
  },
} as const satisfies Readonly<Record<string, Profile>>;
/** The frameworks whose conventions have a profile. */
export type FrameworkName = keyof typeof profiles;

/** The profile of a name. Throws RangeError with the names that there are. */
export function profileOf(name: string): Profile {
  const known = Object.keys(profiles);
  if (!known.includes(name))
    throw new RangeError(`profile is ${JSON.stringify(name)}; it must be one of ${known.join(", ")}.`);
  return profiles[name as FrameworkName];
}

import { above, from, oneOf, orInfinity, whole, within, type Range } from "../../core/ranges";
import { settings } from "../../core/settings";
import { adaptiveKL, fixedKL } from "../kl/controller";
import { klKinds, type KLLossKind } from "../kl/kinds";
import { aggregationModes, type AggregationMode } from "../losses/aggregate";
import type { PolicyLossOptions } from "../losses/policy-loss-input";
import { profileOf, profiles, type Profile, type FrameworkName } from "../profiles/profiles";
import type { Algorithm, KLChoices } from "./algorithm";
import { refuse } from "./refusals";

/** Settings of every algorithm without a critic. The profile has the values that are not given. */
export interface GroupSettings {
  readonly profile: FrameworkName; // the framework whose conventions hold
  readonly group: number; // responses sampled for each prompt
  readonly clip: number; // ε below a ratio of 1
  readonly clipHigh: number; // ε above it
  readonly dualClip: number; // c of the dual clip, or Infinity
  readonly aggregation: AggregationMode;
  readonly horizon: number; // divisor of seq-mean-token-sum-norm, in tokens; 0 is the longest response of the step
  readonly klCoefficient: number; // β; 0 is no penalty, and then no reference policy is kept
  readonly klKind: KLLossKind;
  readonly klPlace: "reward" | "loss";
  readonly klTarget: number; // nats a token that an adaptive coefficient steers to; 0 is a fixed coefficient
  readonly klHorizon: number; // responses over which an adaptive coefficient corrects an error
  readonly entropyCoefficient: number; // weight of the entropy bonus
}

const kinds = klKinds.flatMap((kind) => [kind, `${kind}+`]);
const ranges: Readonly<Record<keyof GroupSettings, Range>> = {
  profile: oneOf(...Object.keys(profiles)),
  group: whole(1),
  clip: within(0, 1), // a ratio is never below 0, so that a larger ε is none
  clipHigh: orInfinity(from(0)),
  dualClip: orInfinity(above(1)),
  aggregation: oneOf(...aggregationModes),
  horizon: whole(0),
  klCoefficient: from(0),
  klKind: oneOf(...kinds),
  klPlace: oneOf("reward", "loss"),
  klTarget: from(0),
  klHorizon: whole(1),
  entropyCoefficient: from(0),
};

/** The sources of a setting's value, first to last: the caller, the algorithm, the profile. */
const fromProfile = ({ name, clip, dualClip, aggregation, kl }: Profile): GroupSettings => ({
  profile: name as FrameworkName,
  group: 8,
  clip,
  clipHigh: clip,
  dualClip,
  aggregation,
  horizon: 0,
  klCoefficient: 0.001,
  klKind: kl.kind,
  klPlace: kl.place,
  klTarget: 0,
  klHorizon: 10_000,
  entropyCoefficient: 0,
});

/** The settings that an algorithm has besides those of every group algorithm, and the values that it prefers. */
interface OwnSettings<T extends GroupSettings> {
  readonly defaults: Omit<T, keyof GroupSettings> & Partial<GroupSettings>;
  readonly ranges?: Readonly<Record<keyof Omit<T, keyof GroupSettings>, Range>>;
  readonly replaced?: Readonly<Partial<Record<keyof GroupSettings, Range>>>; // ranges that differ in this algorithm
  readonly unread?: readonly (keyof GroupSettings | "ratioBound")[]; // settings that its loss has no use for
}

/** Settings with the conventions of their profile, and the names of those that the algorithm does not read. */
export type Complete<T extends GroupSettings> = T & {
  readonly conventions: Profile;
  readonly unread: readonly string[];
};

/**
 * The settings of an algorithm, complete. Throws TypeError for an unknown name, RangeError for a value out of its
 * range, and for two that disagree (refusals.ts).
 */
export function groupSettings<T extends GroupSettings>(
  algorithm: string,
  { defaults, ranges: ownRanges, replaced, unread = [] }: OwnSettings<T>,
  overrides: Partial<T> = {},
): Complete<T> {
  const conventions = profileOf(overrides.profile ?? defaults.profile ?? "verl");
  const { clip } = overrides;
  const clipHigh = defaults.clipHigh ?? clip; // a caller who sets `clip` alone sets both sides
  const base = { ...fromProfile(conventions), ...defaults, ...(clipHigh !== undefined && { clipHigh }) };
  const allRanges: Readonly<Record<string, Range>> = { ...ranges, ...ownRanges, ...replaced };
  const complete = settings<object>(algorithm, base, overrides, allRanges) as T;
  refuse(algorithm, { algorithm, ...(complete as object) });
  const useless = unread.find(
    (name): name is keyof GroupSettings =>
      name !== "ratioBound" && overrides[name] !== undefined && overrides[name] !== base[name],
  );
  if (useless !== undefined)
    throw new RangeError(
      `${algorithm}: ${algorithm} and ${useless} ${overrides[useless]} do not go together: its loss does not read ` +
        `${useless}, which would change nothing. Leave ${useless} out.`,
    );
  return { ...complete, conventions, unread };
}

/** The parts of an algorithm that follow from its settings alone. */
export function partsOf(
  name: string,
  given: Complete<GroupSettings>,
): Pick<Algorithm, "name" | "choices" | "group" | "kl" | "lossOptions" | "entropyCoefficient"> {
  const { conventions, unread, ...choices } = given;
  const read = Object.entries(choices).filter(([key]) => !unread.includes(key));
  return {
    name,
    choices: Object.fromEntries(read.map(([key, value]) => [key, value === Infinity ? "none" : value])),
    group: given.group,
    kl: klChoices(given),
    lossOptions: lossOptions(given),
    entropyCoefficient: given.entropyCoefficient,
  };
}

const klChoices = (given: Complete<GroupSettings>): KLChoices | undefined =>
  given.klCoefficient === 0
    ? undefined
    : {
        place: given.klPlace,
        kind: given.klKind,
        controller:
          given.klTarget === 0
            ? fixedKL(given.klCoefficient)
            : adaptiveKL(given.klCoefficient, { target: given.klTarget, horizon: given.klHorizon }),
        bounds: given.conventions.klBounds,
      };

const lossOptions = (given: Complete<GroupSettings>): PolicyLossOptions => ({
  clip: given.clip,
  clipHigh: given.clipHigh,
  dualClip: given.dualClip,
  ...(!given.unread.includes("ratioBound") && { ratioBound: given.conventions.ratioBound }),
  mode: given.aggregation,
  ...(given.horizon > 0 && { horizon: given.horizon }),
});

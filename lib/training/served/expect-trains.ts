import type { Algorithm } from "../algorithms/algorithm";
import type { LoopConfig } from "../loop/loop-config";
import type { ServedPolicy } from "./served-policy";

/** Settings that a server of the Tinker API cannot train with, each with the reason. */
const refusals: readonly {
  readonly when: (...of: [...Parameters<ServedPolicy["expectTrains"]>]) => boolean;
  readonly what: (...of: [...Parameters<ServedPolicy["expectTrains"]>]) => string;
  readonly why: string;
  readonly fix: string;
}[] = [
  {
    when: (_, { critic }) => critic !== undefined,
    what: (_, { name }) => `the algorithm ${name}`,
    why: "it trains a critic beside the policy, and the server has no critic",
    fix: "Use grpo or another algorithm without a critic: algorithmTable() has them.",
  },
  {
    when: (_, { entropyCoefficient }) => entropyCoefficient !== 0,
    what: (_, { entropyCoefficient }) => `entropyCoefficient ${entropyCoefficient}`,
    why: "the server tells log-probabilities of the sampled tokens, and entropy needs those of all tokens",
    fix: "Set entropyCoefficient to 0.",
  },
  {
    when: (_, algorithm) => "teacher" in algorithm && algorithm.teacher !== undefined,
    what: (_, { name }) => `the algorithm ${name}`,
    why: "it reads the probabilities of a teacher for the tokens of a policy that is here",
    fix: "Distil a local policy.",
  },
  {
    when: (_, __, { temperature }) => temperature !== 1,
    what: (_, __, { temperature }) => `temperature ${temperature}`,
    why: "the server trains the untempered distribution, which would not be the one that was sampled",
    fix: "Set temperature to 1.",
  },
];

/** Why a server cannot train with an algorithm under a configuration; undefined where it can. */
export const servedRefusal = (algorithm: Algorithm, config: LoopConfig): string | undefined =>
  refusals.find(({ when }) => when("", algorithm, config))?.why;

/** Throws RangeError for an algorithm or a setting that the server cannot train, before anything is sent. */
export const expectTrains: ServedPolicy["expectTrains"] = (...given) => {
  const found = refusals.find(({ when }) => when(...given));
  if (found)
    throw new RangeError(
      `${given[0]}: ${found.what(...given)} cannot be trained over the Tinker API: ${found.why}. ${found.fix}`,
    );
};

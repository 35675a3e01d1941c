/** Settings of an algorithm and of its run, as far as they are known. */
type Settings = Readonly<Record<string, unknown>>;

/** Two settings that cannot both hold. */
interface Refusal {
  readonly settings: readonly [string, string]; // the names of the two, as the caller writes them
  readonly when: (values: Settings) => boolean;
  readonly why: string | ((values: Settings) => string);
  readonly fix: string | ((values: Settings) => string);
}

const number = (values: Settings, name: string): number => Number(values[name] ?? NaN); // NaN compares with nothing
const compares = [
  ...["grpo", "drGrpo", "rloo", "dapo", "gspo", "bestOfN"],
  ...["cispo", "sapo", "gmpo", "clipCov", "klCov", "dppo", "opo", "gpg", "grpoPassK"],
];
const byCovariance = ["clipCov", "klCov"];
const bySequence: Readonly<Record<string, string>> = { gspo: "GSPO", sapo: "SAPO", gmpo: "GMPO" };
const isCorrection = (value: unknown): boolean => typeof value === "object" && value !== null;
const responses = (values: Settings) => number(values, "batchSize") * Number(values.group ?? 1);
const counted = (values: Settings): string =>
  `${responses(values)} responses (batchSize ${Number(values.batchSize)} times group ${Number(values.group ?? 1)})`;

/** The divisors of n, at most eight of them, the largest first. */
function divisorsOf(n: number): string {
  const all = Array.from({ length: n }, (_, i) => n - i).filter((d) => n % d === 0);
  return `${all.slice(0, 8).join(", ")}${all.length > 8 ? ", …" : ""}`;
}

/**
 * Every combination of settings that cannot run, or that would train something other than the algorithm's name says.
 */
const refusals: readonly Refusal[] = [
  {
    settings: ["algorithm", "group"],
    when: (v) => compares.includes(String(v.algorithm)) && number(v, "group") < 2,
    why: "it compares responses to one prompt, and one response has nothing to be compared with",
    fix: "Set group to 2 or more; 8 is usual.",
  },
  {
    settings: ["baseline", "group"],
    when: (v) => v.baseline === true && number(v, "group") < 2,
    why: "the baseline is the mean of the responses to one prompt",
    fix: "Set group to 2 or more, or baseline to false.",
  },
  {
    settings: ["rewardCoefficient", "group"],
    when: (v) => number(v, "rewardCoefficient") > 0 && number(v, "group") < 2,
    why: "the advantage of a reward is its difference from the mean of its group",
    fix: "Set group to 2 or more, or leave rewardCoefficient out to learn from the teacher alone.",
  },
  {
    settings: ["divergence", "teacher"],
    when: (v) => v.divergence === "full" && v.teacher === "remote",
    why: "a divergence over the whole vocabulary needs the logits of the teacher, and a server does not send them",
    fix: 'Set divergence to "sampled", or load the teacher here.',
  },
  {
    settings: ["divergence", "teacherDiscount"],
    when: (v) => v.divergence === "full" && number(v, "teacherDiscount") > 0,
    why: "the exact divergence at a position is a loss and no advantage, so that no later token is credited to it",
    fix: 'Set divergence to "sampled", or leave teacherDiscount out.',
  },
  {
    settings: ["teacher", "temperature"],
    when: (v) => v.teacher === "remote" && number(v, "temperature") !== 1 && "temperature" in v,
    why: "a server tells log-probabilities at temperature 1, and the student samples at another",
    fix: "Set temperature to 1, or load the teacher here.",
  },
  {
    settings: ["rolloutCorrection", "temperature"],
    when: (v) => isCorrection(v.rolloutCorrection) && "temperature" in v && number(v, "temperature") !== 1,
    why: "the sampler tells log-probabilities at temperature 1, and their ratio is not that of what was sampled",
    fix: 'Set temperature to 1, or rolloutCorrection to "none".',
  },
  {
    settings: ["rounds", "group"],
    when: (v) => number(v, "rounds") > 0 && number(v, "group") < 2,
    why: "dynamic sampling drops groups whose rewards are all equal, and those of one response always are",
    fix: "Set group to 2 or more.",
  },
  {
    settings: ["algorithm", "normaliseByStd"],
    when: (v) => v.algorithm === "drGrpo" && v.normaliseByStd === true,
    why: "Dr.GRPO is GRPO without the division by the standard deviation",
    fix: "Use grpo, or leave normaliseByStd out.",
  },
  {
    settings: ["klKind", "klPlace"],
    when: (v) => v.klPlace === "loss" && v.klKind === "k1" && number(v, "klCoefficient") > 0,
    why: "the gradient of k1 has mean 0 under the policy, so that this penalty teaches nothing",
    fix: 'Use klKind "k1+", "k2" or "k3" in the loss, or klPlace "reward".',
  },
  {
    settings: ["klKind", "klPlace"],
    when: (v) => v.klPlace === "reward" && String(v.klKind).endsWith("+") && number(v, "klCoefficient") > 0,
    why: 'a kind with "+" differs from the one without by its gradient, and a reward has none',
    fix: 'Leave the "+" out, or use klPlace "loss".',
  },
  {
    settings: ["klTarget", "klCoefficient"],
    when: (v) => number(v, "klTarget") > 0 && number(v, "klCoefficient") === 0,
    why: "an adaptive coefficient is multiplied, and would stay 0",
    fix: "Set klCoefficient above 0: it is the first value.",
  },
  {
    settings: ["algorithm", "aggregation"],
    when: (v) => String(v.algorithm) in bySequence && v.aggregation !== "seq-mean-token-mean",
    why: ({ algorithm }) => `${bySequence[String(algorithm)]} gives every sequence the same weight`,
    fix: 'Leave aggregation out: it is "seq-mean-token-mean".',
  },
  {
    settings: ["horizon", "aggregation"],
    when: (v) => number(v, "horizon") > 0 && v.aggregation !== "seq-mean-token-sum-norm",
    why: "only seq-mean-token-sum-norm divides by a horizon",
    fix: 'Set aggregation to "seq-mean-token-sum-norm", or leave horizon out.',
  },
  {
    settings: ["overlongBuffer", "maxResponse"],
    when: (v) => number(v, "overlongBuffer") > number(v, "maxResponse"),
    why: "every response would be punished for its length",
    fix: "Set overlongBuffer to a part of maxResponse; a fifth is usual.",
  },
  {
    settings: ["miniBatch", "batchSize"],
    when: (v) => number(v, "miniBatch") > responses(v),
    why: (v) => `a step has ${counted(v)}, fewer than a mini-batch`,
    fix: (v) => `Set miniBatch to ${responses(v)} or a divisor of it: ${divisorsOf(responses(v))}.`,
  },
  {
    settings: ["miniBatch", "batchSize"],
    when: (v) => responses(v) % number(v, "miniBatch") > 0,
    why: (v) =>
      `the ${counted(v)} of a step would leave a last mini-batch of ${responses(v) % number(v, "miniBatch")}, ` +
      "whose tokens would weigh more",
    fix: (v) => `Set miniBatch to a divisor of ${responses(v)}: ${divisorsOf(responses(v))}.`,
  },
  {
    settings: ["microBatch", "miniBatch"],
    when: (v) => number(v, "microBatch") > number(v, "miniBatch"),
    why: "a micro-batch is a part of a mini-batch",
    fix: "Set microBatch to miniBatch or less; 0 is the whole mini-batch.",
  },
  {
    settings: ["algorithm", "microBatch"],
    when: (v) =>
      byCovariance.includes(String(v.algorithm)) &&
      number(v, "microBatch") > 0 &&
      number(v, "microBatch") < number(v, "miniBatch"),
    why: "its covariances are over all tokens of a mini-batch, and a micro-batch is a part of it",
    fix: "Set microBatch to 0, and miniBatch to what fits into memory.",
  },
  {
    settings: ["clipCovLow", "clipCovHigh"],
    when: (v) => number(v, "clipCovLow") >= number(v, "clipCovHigh"),
    why: "no covariance lies between them, so that no token would be held back",
    fix: "Set clipCovLow below clipCovHigh; 1 and 5 are usual.",
  },
];

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value));

/**
 * Throws RangeError for settings that disagree, with both names, both values, the reason and what to do. A rule whose
 * settings are not given does not apply. Call it before anything is loaded.
 *
 * @param where the function that the caller called
 */
export function refuse(where: string, values: Settings): void {
  for (const { settings, when, why, fix } of refusals) {
    if (!when(values)) continue;
    const [first, second] = settings.map((name) =>
      name === "algorithm" ? String(values[name]) : `${name} ${shown(values[name])}`,
    );
    const [reason, cure] = [why, fix].map((text) => (typeof text === "string" ? text : text(values)));
    throw new RangeError(`${where}: ${first} and ${second} do not go together: ${reason}. ${cure}`);
  }
}

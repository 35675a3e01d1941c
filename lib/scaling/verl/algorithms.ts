import { grpo } from "../../training/algorithms/grpo";
import { ppoAlgorithm } from "../../training/algorithms/ppo";
import type { Algorithm, KLChoices } from "../../training/algorithms/algorithm";
import type { HydraValue, Overrides } from "./hydra";

/** The algorithms that are exported, each with its name in verl and its settings that stand nowhere else. */
const exported: Readonly<Record<string, (algorithm: Algorithm) => Overrides>> = {
  ppo: ({ choices }) => ({
    "algorithm.adv_estimator": "gae",
    "algorithm.gamma": choices.gamma as number,
    "algorithm.lam": choices.lambda as number,
  }),
  grpo: ({ choices }) => ({
    "algorithm.adv_estimator": "grpo",
    "algorithm.norm_adv_by_std_in_grpo": choices.normaliseByStd as boolean,
  }),
};

/** The algorithms that have a name; PPO with the critic's learning rate of DeepRetrieval's scripts. */
const named = { ppo: () => ppoAlgorithm({ criticLearningRate: 1e-5 }), grpo: () => grpo() } as const;

/** An algorithm that verl has, by its name. */
export type VerlAlgorithmName = keyof typeof named;

/** The algorithm that is exported. Throws RangeError for one that is not, with those that are. */
export function exportable(given: Algorithm | string): Algorithm {
  const name = typeof given === "string" ? given : given.name;
  if (!Object.hasOwn(exported, name))
    throw new RangeError(
      `verlExport: algorithm is ${JSON.stringify(name)}, which is not exported to verl. Supported: ` +
        `${Object.keys(exported).join(", ")}.`,
    );
  const algorithm = typeof given === "string" ? named[given as VerlAlgorithmName]() : given;
  const { kl, lossOptions, shape, teacher, rounds } = algorithm;
  if (kl?.controller.kind === "adaptive")
    throw new RangeError(
      `verlExport: the coefficient of the KL penalty of ${name} is adaptive, and verl's checkpoints lose it: a ` +
        "resumed run would begin with the first value again. Leave klTarget out.",
    );
  if (kl?.place === "reward" && kl.kind.endsWith("+"))
    throw new RangeError(`verlExport: klKind ${kl.kind} has no meaning in a reward. Leave the "+" out.`);
  const extra = Object.entries({ shape, teacher, rounds }).find(([, value]) => value !== undefined);
  if (extra)
    throw new RangeError(`verlExport: ${name} has ${extra[0]}, which is not exported. Make the algorithm without it.`);
  if ((lossOptions.horizon ?? 0) > 0 && lossOptions.mode !== "seq-mean-token-sum-norm")
    throw new RangeError(`verlExport: horizon needs aggregation "seq-mean-token-sum-norm". Leave it out.`);
  return algorithm;
}

/**
 * The settings of an algorithm as verl's keys. All three clip keys are written: verl reads `clip_ratio` only where
 * the other two are absent, and they never are.
 */
export function algorithmOverrides(algorithm: Algorithm): Overrides {
  const { name, group, kl, critic, lossOptions, entropyCoefficient } = algorithm;
  const { clip = 0.2, clipHigh = clip, dualClip = 3, mode = "token-mean", horizon } = lossOptions;
  const actor = (settings: Readonly<Record<string, HydraValue>>): Overrides =>
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`actor_rollout_ref.actor.${key}`, value]));
  return {
    ...exported[name]!(algorithm),
    ...klInReward(kl),
    ...actor({
      clip_ratio: clip,
      clip_ratio_low: clip,
      clip_ratio_high: clipHigh,
      clip_ratio_c: dualClip,
      loss_agg_mode: mode,
      ...(horizon !== undefined && { loss_scale_factor: horizon }),
      entropy_coeff: entropyCoefficient,
      use_kl_loss: kl?.place === "loss",
      ...(kl?.place === "loss" && { kl_loss_coef: kl.controller.coefficient, kl_loss_type: kindOf(kl) }),
    }),
    "actor_rollout_ref.rollout.n": group,
    "critic.enable": critic !== undefined,
    ...(critic && {
      "critic.optim.lr": critic.learningRate,
      "critic.ppo_epochs": critic.epochs,
      "critic.cliprange_value": critic.valueClip,
      "trainer.critic_warmup": critic.warmup,
    }),
  };
}

const klInReward = (kl: KLChoices | undefined): Overrides => ({
  "algorithm.use_kl_in_reward": kl?.place === "reward",
  ...(kl?.place === "reward" && {
    "algorithm.kl_penalty": kindOf(kl),
    "algorithm.kl_ctrl.type": "fixed",
    "algorithm.kl_ctrl.kl_coef": kl.controller.coefficient,
  }),
});

const verlKinds: Readonly<Record<string, string>> = { k1: "kl", abs: "abs", k2: "mse", k3: "low_var_kl" };

/** verl's name of a kind: "k3+" is "low_var_kl+". */
const kindOf = ({ kind }: KLChoices): string => kind.replace(/^\w+/, (bare) => verlKinds[bare] ?? bare);

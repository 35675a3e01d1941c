import type { Teacher } from "../distillation/teacher";
import type { FrameworkName } from "../profiles/profiles";
import type { Algorithm } from "./algorithm";
import { drGrpo } from "./baselines/dr-grpo";
import { gpg } from "./baselines/gpg";
import { grpoPassK } from "./baselines/grpo-pass-k";
import { opo } from "./baselines/opo";
import { reinforcePlusPlus } from "./baselines/reinforce-plus-plus";
import { remax } from "./baselines/remax";
import { rloo } from "./baselines/rloo";
import { bestOfN } from "./best-of-n";
import { distillation } from "./distillation";
import { grpo } from "./grpo";
import { ppoAlgorithm } from "./ppo";
import { cispo } from "./ratios/cispo";
import { clipCov } from "./ratios/clip-cov";
import { dapo } from "./ratios/dapo";
import { dppo } from "./ratios/dppo";
import { gmpo } from "./ratios/gmpo";
import { gspo } from "./ratios/gspo";
import { klCov } from "./ratios/kl-cov";
import { sapo } from "./ratios/sapo";

/** An algorithm of this library: how it is called, what verl calls it, and its record under a profile. */
export interface NamedAlgorithm {
  readonly call: string;
  /**
   * algorithm.adv_estimator and actor.policy_loss.loss_mode of verl, with what else tells it apart; "" where it has
   * none
   */
  readonly verl: string;
  readonly make: (profile: FrameworkName) => Algorithm;
}

/** Stands in for the teacher of a distillation whose settings alone are looked at. */
const anyTeacher: Teacher = {
  name: "a teacher",
  expectFits: () => undefined,
  score: () =>
    Promise.reject(new TypeError("distillation: this teacher stands for any. Give a policy, or remoteTeacher.")),
};

/** Every algorithm for reinforcement learning; sft is none. */
export const everyAlgorithm: readonly NamedAlgorithm[] = [
  { call: "ppoAlgorithm()", verl: "adv_estimator=gae", make: (profile) => ppoAlgorithm({ profile }) },
  { call: "grpo()", verl: "adv_estimator=grpo or grpo_vectorized", make: (profile) => grpo({ profile }) },
  {
    call: "drGrpo()",
    verl: "adv_estimator=grpo, norm_adv_by_std_in_grpo=False",
    make: (profile) => drGrpo({ profile }),
  },
  { call: "rloo()", verl: "adv_estimator=rloo or rloo_vectorized", make: (profile) => rloo({ profile }) },
  {
    call: "reinforcePlusPlus()",
    verl: "adv_estimator=reinforce_plus_plus",
    make: (profile) => reinforcePlusPlus({ profile }),
  },
  {
    call: "reinforcePlusPlus({ baseline: true })",
    verl: "adv_estimator=reinforce_plus_plus_baseline",
    make: (profile) => reinforcePlusPlus({ profile, baseline: true }),
  },
  { call: "remax()", verl: "adv_estimator=remax", make: (profile) => remax({ profile }) },
  { call: "opo()", verl: "adv_estimator=opo", make: (profile) => opo({ profile }) },
  { call: "grpoPassK()", verl: "adv_estimator=grpo_passk", make: (profile) => grpoPassK({ profile }) },
  { call: "gpg()", verl: "adv_estimator=gpg, loss_mode=gpg", make: (profile) => gpg({ profile }) },
  { call: "dapo()", verl: "adv_estimator=grpo, filter_groups, overlong_buffer", make: (profile) => dapo({ profile }) },
  { call: "gspo()", verl: "adv_estimator=grpo, loss_mode=gspo", make: (profile) => gspo({ profile }) },
  { call: "cispo()", verl: "adv_estimator=grpo, loss_mode=cispo", make: (profile) => cispo({ profile }) },
  { call: "sapo()", verl: "adv_estimator=grpo, loss_mode=sapo", make: (profile) => sapo({ profile }) },
  { call: "gmpo()", verl: "adv_estimator=grpo, loss_mode=geo_mean", make: (profile) => gmpo({ profile }) },
  { call: "clipCov()", verl: "adv_estimator=grpo, loss_mode=clip_cov", make: (profile) => clipCov({ profile }) },
  { call: "klCov()", verl: "adv_estimator=grpo, loss_mode=kl_cov", make: (profile) => klCov({ profile }) },
  { call: "dppo()", verl: "adv_estimator=grpo, loss_mode=dppo_tv", make: (profile) => dppo({ profile }) },
  {
    call: 'dppo({ divergence: "kl" })',
    verl: "adv_estimator=grpo, loss_mode=dppo_kl",
    make: (profile) => dppo({ profile, divergence: "kl" }),
  },
  { call: "bestOfN()", verl: "", make: (profile) => bestOfN({ profile }) },
  { call: "distillation(teacher)", verl: "", make: (profile) => distillation(anyTeacher, { profile }) },
];

/** Algorithms of other frameworks that are not here, and what each would need. */
export const leftOut: readonly { readonly name: string; readonly from: string; readonly why: string }[] = [
  {
    name: "optimal_token_baseline, tir_optimal_token_baseline",
    from: "verl",
    why: "they read Σπ² over the vocabulary at every token; a fused pass gives log π and the entropy only",
  },
  {
    name: "gdpo",
    from: "verl, TRL",
    why: "it whitens every component of a reward by itself; an estimator here reads one reward for each response",
  },
  { name: "dro", from: "verl, Tinker", why: "verl has no default of its β, and the value decides whether it learns" },
  {
    name: "bypass_mode",
    from: "verl",
    why: "it trains on the probabilities of the sampler; here the policy's are computed, and rolloutCorrection weighs",
  },
  { name: "luspo, vespo", from: "TRL", why: "no second implementation was found to compare their numbers with" },
  { name: "pf_ppo", from: "verl", why: "it keeps a buffer of responses between steps; a step here is on policy" },
];

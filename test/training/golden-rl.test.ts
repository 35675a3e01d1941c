import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { batchOf } from "../../lib/models/decoder/batch";
import { bestOfGroup } from "../../lib/training/estimators/best-of-group";
import { explainedVariance } from "../../lib/training/estimators/explained-variance";
import { gae } from "../../lib/training/estimators/gae";
import { greedyBaseline } from "../../lib/training/estimators/greedy-baseline";
import { groupBaseline } from "../../lib/training/estimators/group-baseline";
import { groupPolicyGradient } from "../../lib/training/estimators/group-policy-gradient";
import { overTokens, sequenceScores } from "../../lib/training/estimators/groups";
import { leaveOneOut } from "../../lib/training/estimators/leave-one-out";
import { lengthWeightedBaseline } from "../../lib/training/estimators/length-weighted-baseline";
import { biasedVariance, masked, mean, variance, type Rows } from "../../lib/training/estimators/masked";
import { reinforcePlusPlus, reinforcePlusPlusBaseline } from "../../lib/training/estimators/reinforce-plus-plus";
import { whiten } from "../../lib/training/estimators/whiten";
import { adaptiveKL, afterStep } from "../../lib/training/kl/controller";
import { klAliases, klLoss, klOf, type KLKind, type KLLossKind } from "../../lib/training/kl/kinds";
import { penalise } from "../../lib/training/kl/penalise";
import { aggregate, type AggregationMode } from "../../lib/training/losses/aggregate";
import { policyLosses, type PolicyLossName } from "../../lib/training/losses/policy-losses";
import { valueLoss } from "../../lib/training/losses/value-loss";
import { responseLengths } from "../../lib/training/measures/response-lengths";
import { profiles } from "../../lib/training/profiles/profiles";
import { overlongPenalty } from "../../lib/training/shaping/overlong";
import { close, numbers, sharedJson } from "../fixtures";

/**
 * Recorded inputs and outputs of verl, TRL and OpenRLHF: every vector of the file runs here or in a test file named
 * here. Each kind of vector has some of these fields.
 */
type Numbers = Record<
  | "aborted_ratio"
  | "beta"
  | "clip_ratio"
  | "cliprange"
  | "cliprange_value"
  | "current_kl"
  | "gamma"
  | "horizon"
  | "init_kl_coef"
  | "lam"
  | "loss"
  | "masked_mean"
  | "masked_sum"
  | "masked_var_biased"
  | "masked_var_unbiased"
  | "max_resp_len"
  | "max_response_length"
  | "mean"
  | "non_aborted_clip_ratio"
  | "non_aborted_mean"
  | "overlong_buffer_len"
  | "overlong_reward"
  | "penalty_factor"
  | "pg_clipfrac"
  | "pg_loss"
  | "ppo_kl"
  | "target_kl"
  | "valid_response_length"
  | "vf_clipfrac"
  | "vf_loss",
  number
>;
type Matrices = Record<
  | "advantages"
  | "advantages_raw"
  | "advantages_whitened"
  | "dr_grpo_no_std"
  | "eos_mask"
  | "gpg"
  | "grad_of_sum_wrt_logprob"
  | "grad_wrt_log_prob"
  | "grad_wrt_vpreds"
  | "grpo"
  | "grpo_vectorized_float32"
  | "log_prob"
  | "logprob"
  | "loss_mask"
  | "loss_mat"
  | "mask"
  | "masked_whiten"
  | "masked_whiten_shift_mean_false"
  | "old_log_prob"
  | "old_log_probs"
  | "opo"
  | "ref_log_prob"
  | "ref_logprob"
  | "reinforce_plus_plus_baseline"
  | "response_id"
  | "response_mask"
  | "returns"
  | "rloo"
  | "rloo_vectorized"
  | "rollout_is_weights"
  | "token_level_rewards"
  | "token_level_scores"
  | "values"
  | "verl"
  | "openrlhf"
  | "vpreds",
  Rows
>;
type Lists = Record<
  | "masked_mean_axis_last"
  | "response_lengths"
  | "reward_baselines"
  | "scores"
  | "verl_eps_1e_6"
  | "trl_eps_1e_4"
  | "openrlhf_eps_1e_9",
  readonly number[]
>;
interface Vector extends Numbers, Matrices, Lists {
  readonly name?: string;
  readonly error?: string;
  readonly kl_penalty: string;
  readonly loss_mode: PolicyLossName;
  readonly loss_agg_mode: AggregationMode;
  readonly config: Readonly<Record<"clip_ratio" | "clip_ratio_low" | "clip_ratio_high" | "clip_ratio_c", number>>;
  readonly global_batch_info: { readonly loss_scale_factor?: number };
  readonly metrics: Readonly<Record<string, number>>;
  readonly updates: readonly Readonly<Record<"current_kl" | "n_steps" | "value_after", number>>[];
  readonly index: readonly string[];
  readonly eos_token: number | readonly number[];
  readonly grpo_passk: Rows & { readonly error?: string };
  readonly value: Rows & number; // rows of an estimate, or one metric
}
const golden = sharedJson("golden/rl.json") as Record<string, Vector[]> | undefined;

const matrix = (rows: Rows) => tf.tensor2d(rows.map((row) => [...row]));
const number = (scalar: tf.Scalar) => numbers(scalar)[0]!;
const gradients = { rtol: 1e-4, what: "gradient" };
test.before(async () => void (await useBackend("cpu")));

/** Only what lies inside the mask is compared: frameworks leave other things outside it. */
const closeInside = (actual: Rows, expected: Rows, mask: Rows, what: string) =>
  close(masked(actual, mask), masked(expected, mask), { what });

const kindOf = (name: string): KLLossKind => {
  const base = name.replace("+", "");
  return `${(klAliases as Record<string, KLKind>)[base] ?? base}${name.endsWith("+") ? "+" : ""}` as KLLossKind;
};

/** A policy loss under the settings of a vector, with what it logs and its gradient. */
function checkPolicyLoss(
  c: Vector,
  mask: Rows,
  loss: PolicyLossName,
  settings: object,
  wanted: Record<string, number>,
) {
  const run = (logps: tf.Tensor) =>
    policyLosses[loss](
      {
        logps: logps as tf.Tensor2D,
        oldLogps: matrix(c.old_log_prob),
        advantages: matrix(c.advantages),
        mask: matrix(mask),
        weights: c.rollout_is_weights ? matrix(c.rollout_is_weights) : undefined,
      },
      settings,
    );
  tf.tidy(() => {
    const result = run(matrix(c.log_prob));
    close([number(result.loss)], [c.pg_loss], { what: "loss" });
    const names = {
      "actor/pg_clipfrac": "clipFraction",
      "actor/ppo_kl": "kl",
      "actor/pg_clipfrac_lower": "lowerClipFraction",
    } as const;
    for (const [name, key] of Object.entries(names)) {
      const scalar = result[key];
      if (wanted[name] !== undefined) close([scalar ? number(scalar) : 0], [wanted[name]!], { what: name });
    }
    if (c.grad_wrt_log_prob)
      close(numbers(tf.grad((x) => run(x).loss)(matrix(c.log_prob))), c.grad_wrt_log_prob.flat(), gradients);
  });
}

/** What is tested of each kind of vector. */
const checks: Readonly<Record<string, (c: Vector) => void>> = {
  masked_stats(c) {
    if (c.error) return void assert.throws(() => whiten(c.values, c.mask), /unmasked values have no variance/);
    const inside = masked(c.values, c.mask);
    close(
      [inside.reduce((a, b) => a + b, 0), mean(inside), variance(inside), biasedVariance(inside)],
      [c.masked_sum, c.masked_mean, c.masked_var_unbiased, c.masked_var_biased],
      { what: "sum, mean, variances" },
    );
    const perRow = (c.values as Rows).map((row, b) => mean(masked([row], [c.mask[b]!])));
    close(perRow, c.masked_mean_axis_last, { what: "means of rows" });
    closeInside(whiten(c.values, c.mask), c.masked_whiten, c.mask, "whitened");
    const kept = whiten(c.values, c.mask, undefined, { shiftMean: false });
    closeInside(kept, c.masked_whiten_shift_mean_false, c.mask, "whitened, mean kept");
  },
  gae(c) {
    const mask = c.response_mask;
    const { advantages, returns } = gae(
      { rewards: c.token_level_rewards, values: c.values, mask },
      { gamma: c.gamma, lambda: c.lam },
    );
    close(advantages.flat(), c.advantages_raw.flat(), { what: "advantages" });
    close(returns.flat(), c.returns.flat(), { what: "returns" });
    closeInside(whiten(advantages, mask), c.advantages_whitened, mask, "whitened");
  },
  kl_penalty(c) {
    const kind = kindOf(c.kl_penalty);
    if (!kind.endsWith("+"))
      close(klOf(kind as KLKind, c.logprob, c.ref_logprob).flat(), c.value.flat(), { what: "in the reward" });
    const estimate = (x: tf.Tensor) => klLoss(kind, { logps: x as tf.Tensor2D, reference: matrix(c.ref_logprob) });
    tf.tidy(() => {
      close(numbers(estimate(matrix(c.logprob))), c.value.flat(), { what: "in the loss" });
      const gradient = tf.grad((x) => tf.sum(estimate(x)))(matrix(c.logprob));
      close(numbers(gradient), c.grad_of_sum_wrt_logprob.flat(), gradients);
    });
  },
  apply_kl_penalty(c) {
    const scores = sequenceScores(c.token_level_scores); // they lie on the last token of each response
    const input = { scores, logps: c.old_log_probs, reference: c.ref_log_prob, mask: c.response_mask };
    const { rewards, kl } = penalise(input, c.beta, kindOf(c.kl_penalty) as KLKind);
    close(rewards.flat(), c.token_level_rewards.flat(), { what: "rewards" });
    close([kl, kl, c.beta], [c.current_kl, ...(Object.values(c.metrics) as number[])], { what: "kl, as logged" });
  },
  adaptive_kl(c) {
    let controller = adaptiveKL(c.init_kl_coef, { target: c.target_kl, horizon: c.horizon });
    for (const { current_kl, n_steps, value_after } of c.updates) {
      controller = afterStep(controller, current_kl, n_steps);
      close([controller.coefficient], [value_after], { rtol: 1e-9, atol: 0, what: "coefficient" });
    }
  },
  group_advantages(c) {
    const [mask, groups] = [c.response_mask as Rows, c.index as string[]];
    const scores = sequenceScores(c.token_level_rewards);
    close(scores, c.scores, { what: "scores" });
    const lengths = mask.map((row) => row.reduce((a, b) => a + b, 0));
    const input = { scores, groups, mask, lengths };
    const tokens = (perSequence: readonly number[]) => overTokens(perSequence, mask).flat();
    close(tokens(groupBaseline(input)), c.grpo.flat(), { what: "grpo" });
    close(tokens(groupBaseline(input)), c.grpo_vectorized_float32.flat(), { what: "grpo_vectorized" });
    close(tokens(groupBaseline(input, { normaliseByStd: false })), c.dr_grpo_no_std.flat(), { what: "dr_grpo" });
    close(tokens(leaveOneOut(input)), c.rloo.flat(), { what: "rloo" });
    close(tokens(leaveOneOut(input, { singleton: "zero" })), c.rloo_vectorized.flat(), { what: "rloo_vectorized" });
    close(tokens(lengthWeightedBaseline(input)), c.opo.flat(), { what: "opo" });
    close(tokens(groupPolicyGradient(input)), c.gpg.flat(), { what: "gpg" });
    close(reinforcePlusPlusBaseline(input).flat(), c.reinforce_plus_plus_baseline.flat(), { what: "reinforce++" });
    if (c.grpo_passk.error) assert.throws(() => bestOfGroup(input), /group z has 1 scored answer/);
    else close(tokens(bestOfGroup(input)), c.grpo_passk.flat(), { what: "grpo_passk" });
  },
  reinforce_plus_plus(c) {
    const { advantages, returns } = reinforcePlusPlus(
      { rewards: c.token_level_rewards, mask: c.response_mask },
      { gamma: c.gamma },
    );
    close(returns.flat(), c.returns.flat(), { what: "returns" });
    close(advantages.flat(), c.advantages.flat(), { what: "advantages" });
  },
  remax(c) {
    const { advantages, returns } = greedyBaseline({
      rewards: c.token_level_rewards,
      baselines: c.reward_baselines,
      mask: c.response_mask,
    });
    close(returns.flat(), c.returns.flat(), { what: "returns" });
    close(advantages.flat(), c.advantages.flat(), { what: "advantages" });
  },
  policy_loss(c) {
    const { clip_ratio: clip, clip_ratio_low, clip_ratio_high, clip_ratio_c } = c.config;
    const mode: AggregationMode = c.loss_mode === "gspo" ? "seq-mean-token-mean" : c.loss_agg_mode;
    const settings = {
      clip: clip_ratio_low ?? clip,
      clipHigh: clip_ratio_high ?? clip,
      dualClip: clip_ratio_c ?? Infinity,
      mode,
      horizon: c.global_batch_info.loss_scale_factor,
    };
    checkPolicyLoss(c, c.response_mask, c.loss_mode, settings, c.metrics);
  },
  agg_loss(c) {
    const loss = tf.tidy(() => aggregate(matrix(c.loss_mat), matrix(c.loss_mask), { mode: c.loss_agg_mode }));
    close([number(loss)], [c.loss]);
  },
  value_loss(c) {
    const of = (x: tf.Tensor) =>
      valueLoss(
        {
          values: x as tf.Tensor2D,
          oldValues: matrix(c.values),
          returns: matrix(c.returns),
          mask: matrix(c.response_mask),
        },
        { clip: c.cliprange_value },
      );
    tf.tidy(() => {
      const { loss, clipFraction } = of(matrix(c.vpreds));
      close([number(loss), number(clipFraction)], [c.vf_loss, c.vf_clipfrac], { what: "loss, clipped" });
      close(numbers(tf.grad((x) => of(x).loss)(matrix(c.vpreds))), c.grad_wrt_vpreds.flat(), gradients);
    });
  },
  response_mask(c) {
    // a sampled response ends with its first end-of-text token; a batch pads it
    const ends = [c.eos_token].flat();
    const sequences = (c.response_id as number[][]).map((ids) => ({
      prompt: [0],
      response: ids.slice(0, ids.findIndex((id) => ends.includes(id)) + 1),
    }));
    const batch = batchOf(sequences, 0, c.response_id[0]!.length);
    assert.equal(batch.responseMask.arraySync(), c.response_mask);
    batch.dispose();
  },
  metrics(c) {
    if (c.name === "critic/vf_explained_var")
      return close([explainedVariance(c.returns, c.values, c.response_mask)], [c.value]);
    const measured = responseLengths(c.response_lengths, c.max_response_length);
    const wanted = {
      "response_length/mean": c.mean,
      "response_length/clip_ratio": c.clip_ratio,
      "response/aborted_ratio": c.aborted_ratio,
      "response_length_non_aborted/mean": c.non_aborted_mean,
      "response_length_non_aborted/clip_ratio": c.non_aborted_clip_ratio,
    };
    close(
      Object.keys(wanted).map((name) => measured[name]!),
      Object.values(wanted),
    );
  },
  dapo_overlong(c) {
    const settings = { limit: c.max_resp_len, buffer: c.overlong_buffer_len, factor: c.penalty_factor };
    close([overlongPenalty(c.valid_response_length, settings)], [c.overlong_reward]);
  },
  deepretrieval_fork(c) {
    const { gaeSkipsMasked, dualClip, ratioBound, aggregation, whitening } = profiles.deepretrieval;
    if (c.log_prob) {
      const settings = { clip: c.cliprange, dualClip, ratioBound, mode: aggregation };
      const logged = { "actor/pg_clipfrac": c.pg_clipfrac, "actor/ppo_kl": c.ppo_kl };
      return checkPolicyLoss(c, c.eos_mask, "vanilla", settings, logged);
    }
    const mask = c.eos_mask;
    for (const skipMasked of [gaeSkipsMasked, true]) {
      const { advantages, returns } = gae(
        { rewards: c.token_level_rewards, values: c.values, mask },
        { gamma: c.gamma, lambda: c.lam, skipMasked },
      );
      closeInside(returns, c.returns, mask, "returns");
      closeInside(whiten(advantages, mask, whitening), c.advantages_whitened, mask, "whitened");
    }
  },
  cross_framework(c) {
    if (c.scores)
      for (const [profile, column] of [
        ["verl", "verl_eps_1e_6"],
        ["trl", "trl_eps_1e_4"],
        ["openrlhf", "openrlhf_eps_1e_9"],
      ] as const) {
        const groups = (c.scores as number[]).map(() => "g");
        const epsilon = profiles[profile].groupEpsilon;
        close(groupBaseline({ scores: c.scores, groups }, { epsilon }), c[column], { rtol: 1e-9, what: column });
      }
    else
      for (const profile of ["verl", "openrlhf"] as const)
        closeInside(whiten(c.values, c.mask, profiles[profile].whitening), c[profile], c.mask, profile);
  },
};

/** Kinds whose test needs a model or an optimizer stands with those. */
const elsewhere = ["entropy", "logprobs", "adamw_clip_grad"];

const files = readdirSync(join(__dirname, ".."), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && !file.endsWith("golden-rl.test.ts"))
  .map((file) => readFileSync(join(__dirname, "..", file), "utf8"))
  .filter((source) => source.includes("golden/rl.json"));

let ran = 0;
for (const [kind, vectors] of Object.entries(golden ?? {}).filter(([kind]) => kind !== "meta")) {
  for (const vector of elsewhere.includes(kind) ? [] : vectors)
    test(`${kind}: ${vector.name ?? "vector"}`, () => {
      const check = checks[kind];
      assert.ok(check, `golden/rl.json has vectors of the kind ${kind}, and nothing tests them`);
      check!(vector);
      ran += 1;
    });
}

const total = Object.entries(golden ?? {})
  .filter(([kind]) => kind !== "meta")
  .reduce((sum, [, vectors]) => sum + vectors.length, 0);

test(`all ${total} vectors of golden/rl.json have a test`, () => {
  const others = elsewhere.filter((kind) =>
    files.some((source) => new RegExp(`golden\\?\\.${kind}|\\?\\.${kind}`).test(source)),
  );
  assert.equal(others, elsewhere, "a test file must go through each of these kinds");
  const there = others.reduce((sum, kind) => sum + (golden?.[kind]?.length ?? 0), 0);
  assert.is(ran + there, total, `${ran} ran here and ${there} elsewhere`);
});

test.run();

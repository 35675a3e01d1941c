import { columnValues } from "./columns";
import { numberText, shareText } from "../render/text/quantity";
import { lately, latest, recently, type Look } from "./recent";

const limits = {
  outages: 0.1, // share of responses without a reward
  steps: 10, // of a run before a trend of its figures means something
  entropyLeft: 0.1, // share of the entropy at the start below which it has collapsed
  entropyLow: 0.05, // nats a token, below which hardly anything is sampled but the likeliest
  entropyGone: 0.02, // share of the entropy at the start below which it has collapsed, whatever is left
  equalGroups: 0.5, // share of groups whose responses all earned the same
  updateKl: 0.1, // nats a token of one step's updates
  gradient: 10, // times the median norm of the gradient
  ceiling: 0.02, // how near the highest reward the mean is, as a share of the range
  validation: 0.2, // share of the time
  reward: 0.5, // share of a step's time
  checkpoints: 0.1, // share of the time
};

const known = (rows: readonly object[], column: string): number[] =>
  columnValues(rows, column).filter((value): value is number => value !== null);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Responses that have no reward, because an engine did not answer. */
export const outages: Look = (rows) => {
  const rate = recently(rows, "reward/outage_rate");
  if (rate === undefined || rate < limits.outages) return undefined;
  const prefix = "reward/outages/";
  const causes = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ cause: name.slice(prefix.length), count: sum(latest(rows, name)) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const most = causes[0] ? `, most for the cause "${causes[0].cause}"` : "";
  return {
    kind: "outages",
    text:
      `${shareText(rate)} of the responses have no reward ${lately(rows)}, because an engine did not ` +
      `answer${most}. They are left out of training. See that the engine is up, or lower searches below its rate ` +
      "limit.",
  };
};

const entropyCollapse: Look = (rows) => {
  const entropies = known(rows, "actor/entropy");
  const now = recently(rows, "actor/entropy");
  if (now === undefined || entropies.length < limits.steps) return undefined;
  const first = sum(entropies.slice(0, 5)) / 5;
  const low = now <= limits.entropyLow && now <= first * limits.entropyLeft;
  if (!low && now > first * limits.entropyGone) return undefined;
  return {
    kind: "entropy collapse",
    text:
      `The entropy has collapsed from ${numberText(first)} to ${numberText(now)} nats a token: the policy writes ` +
      "nearly the same for every sample, and finds nothing new. Go back to an earlier checkpoint and raise " +
      "entropyCoefficient, lower learningRate, or use dapo, whose higher upper clip keeps rare tokens.",
  };
};

const equalGroups: Look = (rows) => {
  const share = recently(rows, "reward/zero_spread_ratio", "frac_reward_zero_std");
  if (share === undefined || share <= limits.equalGroups || recently(rows, "reward/std") === 0) return undefined;
  return {
    kind: "groups without spread",
    text:
      `In ${shareText(share)} of the groups all responses earned the same ${lately(rows)}: they have no gradient. ` +
      "Use dapo, which draws other prompts in their place, a larger group, harder or easier questions, or a " +
      "reward with degrees.",
  };
};

const largeUpdates: Look = (rows) => {
  const kl = recently(rows, "actor/ppo_kl");
  if (kl === undefined || Math.abs(kl) < limits.updateKl) return undefined;
  return {
    kind: "large updates",
    text:
      `One step moves the policy by ${numberText(Math.abs(kl))} nats a token ${lately(rows)}: the clip no longer ` +
      "holds it near what was sampled. Lower learningRate, or the number of epochs.",
  };
};

const uselessCritic: Look = (rows) => {
  const explained = recently(rows, "critic/vf_explained_var");
  if (explained === undefined || explained >= 0 || rows.length < limits.steps) return undefined;
  return {
    kind: "useless value function",
    text:
      `The value function explains less than nothing ${lately(rows)} (explained variance ` +
      `${numberText(explained)}): its estimates add noise to the advantages. Raise criticLearningRate or ` +
      "criticEpochs, begin with criticWarmup or fitCritic, or use grpo, which needs none.",
  };
};

const gradientSpike: Look = (rows) => {
  const norms = known(rows, "actor/grad_norm");
  const last = latest(rows, "actor/grad_norm");
  if (norms.length < limits.steps || last.length === 0) return undefined;
  const median = [...norms].sort((a, b) => a - b)[Math.floor(norms.length / 2)]!;
  const highest = Math.max(...last);
  if (median === 0 || highest < limits.gradient * median) return undefined;
  return {
    kind: "gradient spike",
    text:
      `The gradient's norm was ${numberText(highest)} ${lately(rows)}, ${numberText(highest / median)} times what ` +
      "it usually is. Lower learningRate or maxGradNorm, and see in rollouts(…) what was unusual.",
  };
};

const saturated: Look = (rows) => {
  const [mean, top] = [recently(rows, "critic/score/mean", "reward/mean"), latest(rows, "critic/score/max")];
  const lowest = Math.min(...known(rows, "critic/score/min"));
  if (mean === undefined || top.length === 0 || rows.length < limits.steps || !Number.isFinite(lowest))
    return undefined;
  const highest = Math.max(...known(rows, "critic/score/max"));
  const range = highest - lowest;
  if (range <= 0 || top.some((value) => value < highest) || mean < highest - limits.ceiling * range) return undefined;
  return {
    kind: "saturated reward",
    text:
      `The reward is saturated: responses earn ${numberText(mean)} on average ${lately(rows)}, and the highest ` +
      `reward of the run is ${numberText(highest)}. Nothing is left to be paid for. Use harder questions, or a ` +
      "reward that goes on paying, such as recall itself in place of its tiers.",
  };
};

const validationTime: Look = (rows) => {
  const testing = sum(known(rows, "timing_s/testing"));
  const steps = sum(known(rows, "timing_s/step"));
  const share = testing / (steps + testing);
  if (testing === 0 || rows.length < limits.steps || share <= limits.validation) return undefined;
  return {
    kind: "validation time",
    text:
      `Validation takes ${shareText(share)} of the time (${numberText(testing)} s of ` +
      `${numberText(steps + testing)} s). Raise validateEvery, or validate on fewer problems with limit.`,
  };
};

const rewardTime: Look = (rows) => {
  const [reward, step] = [recently(rows, "timing_s/reward"), recently(rows, "timing_s/step")];
  if (reward === undefined || step === undefined || rows.length < limits.steps || reward < limits.reward * step)
    return undefined;
  return {
    kind: "reward time",
    text:
      `Scoring takes ${shareText(reward / step)} of a step ${lately(rows)}. Raise searches where the engine ` +
      "allows it, keep its answers with cached, or search a local index.",
  };
};

const checkpointTime: Look = (rows) => {
  const saving = sum(known(rows, "timing_s/save_checkpoint"));
  const share = saving / (sum(known(rows, "timing_s/step")) + saving);
  if (saving === 0 || rows.length < limits.steps || share <= limits.checkpoints) return undefined;
  return {
    kind: "checkpoint time",
    text:
      `Checkpoints take ${shareText(share)} of the time (${numberText(saving)} s). Raise saveEvery, train adapters ` +
      "with policy.adapt(), or write to a faster disk.",
  };
};

/** Faults of the policy and its critic, the likeliest cause of trouble first. */
export const trainingSigns: readonly Look[] = [
  entropyCollapse,
  saturated,
  equalGroups,
  largeUpdates,
  gradientSpike,
  uselessCritic,
];

/** Faults that cost training time: slow validation, slow scoring and slow checkpoints. */
export const costSigns: readonly Look[] = [validationTime, rewardTime, checkpointTime];

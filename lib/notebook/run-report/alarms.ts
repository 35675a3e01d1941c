import { columnValues } from "./columns";
import { costSigns, outages, trainingSigns } from "./training-signs";
import { all, lately, latest, recently, type Alarm, type Look } from "./recent";
import { metricName } from "./metric-name";
import { numberText, shareText } from "../render/text/quantity";
import { standing } from "./standing";
import { trend } from "./trend";

/**
 * The first word of an alarm as a line of text. By it a terminal tells an alarm from the line that is redrawn.
 */
export const warningMark = "Warning: ";

const limits = {
  share: 0.5, // of malformed and cut answers
  warnings: 0.8, // share of queries that the engine repaired
  kl: 1, // nats a token
  results: 10, // of an evaluation before its shares mean something
  trend: 20, // steps before a reward can be called flat
};

/**
 * What is alarming about a run so far, the likeliest cause of trouble first. A consequence is left out where its cause
 * is named.
 */
export function alarms(rows: readonly object[]): readonly Alarm[] {
  const answers = standing(rows);
  if (answers) return ofEvaluation(rows, answers);
  const causes = [
    notFinite,
    outages,
    cut,
    malformed,
    malformedValidation,
    sameReward,
    nothingFound,
    farAway,
    ...trainingSigns,
    repaired,
    ...costSigns,
  ].flatMap((look) => look(rows) ?? []);
  return causes.length > 0 ? causes : [rewardTrend, lossTrend].flatMap((look) => look(rows) ?? []);
}

const malformedShare = (rows: readonly object[]): number =>
  recently(rows, "reward/format_error_ratio", "malformed") ?? 0;
const cutShare = (rows: readonly object[]): number => recently(rows, "response_length/clip_ratio") ?? 0;
const cut: Look = (rows) => {
  const share = cutShare(rows);
  if (share < limits.share) return undefined;
  const longest = Math.max(...latest(rows, "response_length/max"));
  const at = Number.isFinite(longest) ? ` at ${numberText(longest)} tokens` : "";
  const lost = malformedShare(rows) >= limits.share ? ", before they come to an answer" : "";
  return {
    kind: "cut",
    text:
      `${all(share, "responses")} were cut${at} ${lately(rows)}${lost}. Raise maxResponse, or teach shorter ` +
      "responses with sft.",
  };
};

const malformed: Look = (rows) => {
  const share = malformedShare(rows);
  if (share < limits.share) return undefined;
  const cure =
    cutShare(rows) >= limits.share
      ? "Most are cut: see above."
      : "Teach the form first, with sft on examples that completionOf writes, or start from a model that has it.";
  return {
    kind: "malformed",
    text:
      `${all(share, "answers")} were malformed ${lately(rows)}: they hold no query, so nothing was searched. ` +
      `${cure} rollouts(…) shows what was written.`,
  };
};

const malformedValidation: Look = (rows) => {
  const column = rows
    .flatMap((row) => Object.keys(row))
    .find((name) => /^val-core\/.*\/format_error_ratio\/mean@1$/.test(name));
  const share =
    column === undefined
      ? undefined
      : columnValues(rows, column)
          .filter((value): value is number => value !== null)
          .at(-1);
  if (share === undefined || share < limits.share || malformedShare(rows) >= limits.share) return undefined;
  return {
    kind: "malformed in validation",
    text:
      `${all(share, "greedy answers")} of the last validation were malformed, though sampled ones are not: the ` +
      "likeliest answer has no form. rollouts(…, step, { validation: true }) shows them.",
  };
};

const sameReward: Look = (rows) => {
  const spreads = latest(rows, "reward/std");
  if (rows.length < 2 || spreads.length === 0 || spreads.some((spread) => spread > 0) || malformedShare(rows) === 1)
    return undefined;
  const reward = recently(rows, "reward/mean");
  return {
    kind: "no spread",
    text:
      `All answers of a step earned the same reward (${reward === undefined ? "?" : numberText(reward)}) ` +
      `${lately(rows)}: nothing tells a better one from a worse. Raise temperature or batchSize, or use a reward ` +
      "with degrees or other problems.",
  };
};

const nothingFound: Look = (rows) => {
  const column = Object.keys(rows.at(-1) ?? {}).find((name) => /^reward\/.*@\d+$/.test(name));
  const values = column === undefined ? [] : latest(rows, column);
  if (values.length < 3 || values.some((value) => value !== 0) || malformedShare(rows) >= limits.share)
    return undefined;
  return {
    kind: "nothing found",
    text:
      `No query found anything relevant ${lately(rows)}: ${metricName(column!)} is 0. See whether the engine holds ` +
      "the judged documents, under the same ids, and what rollouts(…) asked for.",
  };
};

const farAway: Look = (rows) => {
  const kl = recently(rows, "critic/kl", "actor/kl_loss");
  if (kl === undefined || kl < limits.kl) return undefined;
  return {
    kind: "kl",
    text:
      `The policy is ${numberText(kl)} nats a token away from where it began ${lately(rows)}: it may have ` +
      "unlearned its language. Lower learningRate, or raise klCoefficient.",
  };
};

const repaired: Look = (rows) => {
  const share = recently(rows, "reward/warning_ratio");
  if (share === undefined || share < limits.warnings) return undefined;
  return {
    kind: "repaired",
    text:
      `The engine dropped or repaired parts of ${share === 1 ? "all" : shareText(share)} queries ${lately(rows)}. ` +
      "rollouts(…) has its warnings; a prompt that shows its syntax helps.",
  };
};

/** Columns that are not finite where a weight is not. */
const vital = /^(train|critic|actor)\/(loss|vf_loss|pg_loss|grad_norm|kl|ppo_kl|entropy)$|^reward\/mean$/;

const notFinite: Look = (rows) => {
  const spoiled = (row: object) =>
    Object.entries(row).find(
      ([name, value]) => vital.test(name) && typeof value === "number" && !Number.isFinite(value),
    );
  const first = rows.find((row) => spoiled(row));
  if (!first) return undefined;
  const [name, value] = spoiled(first)!;
  return {
    kind: "not finite",
    text:
      `${metricName(name)} was ${String(value)} in step ` +
      `${String((first as { step?: unknown }).step ?? rows.indexOf(first) + 1)}: the weights are spoiled. Stop, ` +
      "lower learningRate, and start again or from an earlier checkpoint.",
  };
};

const rewardTrend: Look = (rows) => {
  const moved = rows.length < limits.trend ? undefined : trend(columnValues(rows, "reward/mean"));
  if (moved === undefined) return undefined;
  const between = `in ${rows.length} steps (${numberText(moved.first)} at first, ${numberText(moved.last)} now)`;
  if (moved.z < -3)
    return { kind: "falling", text: `The reward has fallen ${between}. Lower learningRate, or raise klCoefficient.` };
  if (moved.z < 1)
    return {
      kind: "flat",
      text:
        `The reward has not risen ${between}. Where it could be higher, raise learningRate or batchSize, or see in ` +
        "rollouts(…) what is rewarded.",
    };
  return undefined;
};

const lossTrend: Look = (rows) => {
  const moved = rows.length < limits.trend ? undefined : trend(columnValues(rows, "train/loss"));
  if (moved === undefined || moved.z < 3) return undefined;
  return {
    kind: "loss rising",
    text:
      `The loss has risen in ${rows.length} steps (${numberText(moved.first)} at first, ${numberText(moved.last)} ` +
      "now). Lower learningRate, or lengthen warmup.",
  };
};

function ofEvaluation(
  rows: readonly object[],
  { system, malformed: share }: Readonly<Record<string, unknown>>,
): Alarm[] {
  const own = rows.filter((row) => (row as { system?: unknown }).system === system).length;
  if (own < limits.results || Number(share) < limits.share) return [];
  return [
    {
      kind: `malformed ${String(system)}`,
      text:
        `${all(Number(share), "answers")} of ${String(system)} are malformed, and count as nothing found. ` +
        "completions(…) shows what was written; a larger maxTokens or wellFormed: true may help.",
    },
  ];
}

import { numberText, shareText } from "../render/text/quantity";

/** Short names for metric columns that are named as in verl. */
const readerNames: Readonly<Record<string, string>> = {
  "reward/mean": "reward",
  "reward/std": "spread",
  "critic/score/mean": "score",
  "critic/rewards/mean": "reward − KL",
  "critic/kl": "KL",
  "actor/ppo_kl": "update KL",
  "actor/entropy": "entropy",
  "actor/entropy_loss": "entropy",
  "actor/pg_clipfrac": "clipped",
  "critic/vf_explained_var": "explained variance",
  "critic/vf_loss": "critic loss",
  "response_length/mean": "length",
  "response_length/clip_ratio": "cut",
  "reward/format_error_ratio": "malformed",
  "reward/wrong_answer_ratio": "wrong answer",
  "reward/warning_ratio": "engine warnings",
  "timing_s/step": "seconds a step",
  "train/loss": "loss",
  "train/grad_norm": "gradient norm",
  "train/lr": "learning rate",
};

/** Replacements for parts of a name. The first pattern that matches is used. */
const rewritten: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [
    /^val-core\/.+\/([^/]+)\/mean@1$/,
    (measure) => `validation ${metricName(measure === "reward" ? "reward/mean" : `reward/${measure}`)}`,
  ],
  [/^reward\/(\d+)_recall_ratio$/, (percent) => `recall ≥ ${percent} %`],
  [/^reward\/([^/]+)$/, (measure) => measure], // of the task
];

/**
 * `reward/mean` → `reward`, `reward/R@50` → `R@50`, `val/recall` → `val recall`, `critic/vf_clipfrac` → `critic vf
 * clipfrac`.
 */
export function metricName(column: string): string {
  const known = readerNames[column];
  if (known !== undefined) return known;
  for (const [pattern, name] of rewritten) {
    const found = pattern.exec(column);
    if (found) return name(...found.slice(1));
  }
  return column.replace(/\/mean$/, "").replace(/[/_]+/g, " ");
}

/** Names for several columns, in order; columns that would read alike keep their full names. */
export function metricNames(columns: readonly string[]): string[] {
  const short = columns.map(metricName);
  return short.map((name, i) => (short.filter((other) => other === name).length > 1 ? columns[i]! : name));
}

const shares = /(^|\/)(malformed|.*_ratio|.*_clipfrac)(\/mean@1)?$/;

/** A value as a sentence has it: shares in per cent. */
export const metricText = (column: string, value: number): string =>
  shares.test(column) && value >= 0 && value <= 1 ? shareText(value) : numberText(value);

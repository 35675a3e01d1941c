import { columnValues } from "./columns";
import { numberText, shareText } from "../render/text/quantity";

/** A part of the time of a run. */
export interface TimePart {
  readonly part: string; // in words: "generation"
  readonly column: string; // that has it: "timing_s/gen"
  readonly seconds: number; // a step, as a mean over all steps
  readonly share: number; // of the time of all parts
}

/** The parts by their columns, which have the names of verl, with the setting that makes each shorter. */
const parts: Readonly<Record<string, readonly [words: string, cure: string]>> = {
  gen: ["generation", "lower maxResponse or batchSize"],
  reward: ["scoring after generation", "raise searches, or keep answers with cached"],
  old_log_prob: ["old log-probabilities", "sample at temperature 1 with the policy itself"],
  ref: ["the reference policy", "use an algorithm without a KL penalty"],
  teacher: ["the teacher", "use a smaller teacher, or raise inFlight of a remote one"],
  values: ["the critic's values", "use grpo, which has no critic"],
  adv: ["advantages", "report it: this is arithmetic on numbers"],
  update_critic: ["the critic's update", "lower criticEpochs, or use grpo, which has no critic"],
  update_actor: ["the policy's update", "lower epochs, or train adapters with policy.adapt()"],
  update_weights: ["handing weights to the sampler", "sample with the policy itself"],
  testing: ["validation", "raise validateEvery, or lower validationBudget"],
  save_checkpoint: ["checkpoints", "raise saveEvery, or use a faster disk"],
};

/** Where the time of a run goes, the largest part first. Empty where no step has times. */
export function timeParts(rows: readonly object[]): TimePart[] {
  const timed = rows.filter((row) => "timing_s/step" in row).length;
  const made = Object.entries(parts).flatMap(([name, [part]]) => {
    const column = `timing_s/${name}`;
    const values = columnValues(rows, column).filter((value): value is number => value !== null);
    const total = values.reduce((sum, value) => sum + value, 0);
    return total > 0 ? [{ part, column, seconds: total / timed }] : [];
  });
  if (timed === 0) return [];
  const whole = made.reduce((sum, { seconds }) => sum + seconds, 0);
  return made.map((each) => ({ ...each, share: each.seconds / whole })).sort((a, b) => b.seconds - a.seconds);
}

/** One sentence on where the time goes and what makes its largest part shorter; "" where no step has times. */
export function timeSentence(times: readonly TimePart[]): string {
  const [most] = times;
  if (most === undefined) return "";
  const whole = times.reduce((sum, { seconds }) => sum + seconds, 0);
  const shown = times.filter(({ share }) => share >= 0.01).map(({ part, share }) => `${shareText(share)} ${part}`);
  const cure = parts[most.column.slice("timing_s/".length)]![1];
  return `A step takes ${numberText(whole)} s: ${shown.join(", ")}. To make it shorter, ${cure}.`;
}

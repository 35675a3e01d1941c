import { alarms } from "./alarms";
import type { Alarm } from "./recent";
import { type TimePart, timeParts, timeSentence } from "./step-time";
import { printable } from "../render/text/printable";

/** The part of a tensor that is read here. */
interface Readable {
  dataSync(): ArrayLike<number>;
}

/** The diagnosis of a run from its metrics. */
export interface Diagnosis {
  readonly healthy: boolean; // the metrics show no fault
  readonly findings: readonly Alarm[]; // the likeliest cause of trouble first, each with its cure
  readonly time: readonly TimePart[]; // where the time goes, the largest part first; not a fault in itself
}

/** Finds the first value that is not finite: the tensor, its position, and the number of such values. */
function firstNotFinite(tensors: Readonly<Record<string, Readable>>): Alarm | undefined {
  for (const [name, tensor] of Object.entries(tensors)) {
    const values = Array.from(tensor.dataSync());
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    const count = values.filter((value) => !Number.isFinite(value)).length;
    return {
      kind: "not finite",
      text:
        `The first tensor that is spoiled is ${name}: ${count} of its ${values.length} numbers are not finite, ` +
        `the first ${String(values[at])} at ${at}. Go back to the last checkpoint whose numbers are finite, and ` +
        "lower learningRate.",
    };
  }
  return undefined;
}

/**
 * Finds the faults of a run from its metrics. A finding has its number, its meaning and its cure: weights that are not
 * finite, a failing engine, responses that are cut or malformed, a reward without spread or at its ceiling, a KL that
 * runs away, an entropy that has collapsed, a useless value function, updates and gradients that are too large,
 * validation, scoring or checkpoints that take the time, a reward that is flat or falls. It looks at the last steps.
 * `time` has the share of each part of a step, and a sentence says which one is the largest.
 *
 * @param steps of a run, as `watch` returns them or as metrics.jsonl has them, in order
 * @param tensors by name, such as policyVariables(policy), searched for values that are not finite; borrowed
 */
export function doctor(
  steps: readonly object[],
  { tensors = {} }: { readonly tensors?: Readonly<Record<string, Readable>> } = {},
): Diagnosis {
  if (!Array.isArray(steps))
    throw new TypeError(
      `doctor: the steps are ${steps === null ? "null" : `of type ${typeof steps}`}; give a list of them, as ` +
        "watch(run) returns it.",
    );
  const spoiled = firstNotFinite(tensors);
  const findings = [...(spoiled ? [spoiled] : []), ...alarms(steps)];
  const time = timeParts(steps);
  const diagnosis = { healthy: findings.length === 0, findings, time };
  return printable(diagnosis, () => {
    const found =
      steps.length === 0 && diagnosis.healthy
        ? "There are no steps to look at."
        : diagnosis.healthy
          ? `Nothing is wrong that the figures of ${steps.length} steps show.`
          : findings.map(({ text }, i) => `${i + 1}. ${text}`).join("\n");
    return [found, timeSentence(time)].filter(Boolean).join("\n");
  });
}

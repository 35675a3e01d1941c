import type { DataFrame } from "danfojs-node";
import type { WrittenRollout } from "../../core/written";
import { reasoningOf } from "../../prompts/reasoning";
import { frame } from "./frames";
import { writtenInFolder, writtenInSteps, type StepWritten } from "./written-steps";

/** Which rollouts to show. */
export interface RolloutsOptions {
  /** those of the validations, greedy, instead of those that were trained on */
  readonly validation?: boolean;
}

/**
 * What the policy wrote in a training run, with one row for each rollout, also for malformed ones: step, id of the
 * problem, its question, the reward and measures, the query, why an answer is malformed, the whole completion and the
 * reasoning in it, its tokens, whether it was cut at the limit, and the engine's warnings. A text that is missing is
 * "", and the measures of a malformed answer are 0. The measures that the task declares have a column each, whatever
 * was written, and so has every other that the run measured. A notebook shortens a long text, and a click opens it.
 *
 * @param run the folder of a run, the steps that `watch` returned of it, or what `ppo` returned
 * @param step one step; the default is all steps
 */
export function rollouts(
  run: string | object | readonly object[],
  step?: number,
  { validation = false }: RolloutsOptions = {},
): DataFrame {
  const part = validation ? "validation" : "training";
  const all =
    typeof run === "string" ? writtenInFolder(run, part) : writtenInSteps(Array.isArray(run) ? run : [run], part);
  const wanted = step === undefined ? all : all.filter((each) => each.step === step);
  if (wanted.length === 0) throw new RangeError(`rollouts: ${none(all, step, validation)}`);
  const names = [
    ...new Set([
      ...all.flatMap(({ measures }) => measures),
      ...all.flatMap(({ rollouts }) =>
        rollouts.flatMap(({ score }) => (score.kind === "scored" ? Object.keys(score.measures) : [])),
      ),
    ]),
  ];
  return frame(
    "rollouts",
    wanted.flatMap(({ step: at, rollouts: written }) => written.map((rollout) => row(at, rollout, names))),
  );
}

function row(
  step: number,
  { id, question = "", text, tokens, finished, score }: WrittenRollout,
  names: readonly string[],
): object {
  const scored = score.kind === "scored";
  return {
    step,
    id,
    question,
    reward: score.kind === "outage" ? NaN : score.reward,
    ...Object.fromEntries(names.map((name) => [name, scored ? (score.measures[name] ?? 0) : 0])),
    query: scored ? score.query : "",
    malformed: score.kind === "malformed",
    why: scored ? "" : score.why,
    completion: text,
    reasoning: reasoningOf(text),
    tokens,
    cut: !finished,
    warnings: scored ? (score.warnings ?? []).join("\n") : "",
  };
}

function none(all: readonly StepWritten[], step: number | undefined, validation: boolean): string {
  const what = validation ? "validation rollouts" : "rollouts";
  if (all.length === 0)
    return (
      `there are no ${what}.` +
      `${validation ? " Give ppo a validation task and validateEvery." : " Run at least one step of ppo."}`
    );
  return (
    `there are no ${what} of step ${step}; those of steps ${all[0]!.step} to ${all.at(-1)!.step} are there ` +
    `(${all.length} steps).`
  );
}

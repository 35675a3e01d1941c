import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptData } from "../../core/errors";
import {
  textsOf,
  writtenOf,
  type KeptRollouts,
  type StepRollouts,
  type StepTexts,
  type WrittenRollout,
} from "../../core/written";
import { projectPath } from "../../data/paths";

/** What was written in one step. */
export interface StepWritten {
  readonly step: number;
  readonly rollouts: readonly WrittenRollout[];
  readonly measures: readonly string[]; // that the task declares
}

type Part = keyof StepTexts;
const fileNames: Readonly<Record<Part, string>> = { training: "rollouts.jsonl", validation: "validation.jsonl" };

/**
 * The rollouts in the folder of a run, steps in order. Throws RangeError where there is no such folder or no rollouts
 * in it.
 */
export function writtenInFolder(folder: string, part: Part): readonly StepWritten[] {
  const file = join(projectPath(folder), fileNames[part]);
  if (existsSync(file)) return [...linesOf(file).values()].sort((a, b) => a.step - b.step);
  const why = !existsSync(projectPath(folder))
    ? "there is no such folder"
    : part === "validation"
      ? "the run there was not validated"
      : "it holds no run of ppo";
  throw new RangeError(
    `rollouts: there is no ${fileNames[part]} in ${projectPath(folder)}: ${why}. Name the folder that ppo was given.`,
  );
}

/**
 * The rollouts of steps that a run yielded. Throws TypeError for steps without rollouts, RangeError where the folder of
 * the run now holds another run.
 */
export function writtenInSteps(steps: readonly object[], part: Part): readonly StepWritten[] {
  const texts = steps.flatMap((step) => textsOf(step) ?? []);
  if (texts.length === 0 && steps.length > 0)
    throw new TypeError(
      "rollouts: these are no steps of ppo, or copies of them, which have the numbers alone. Give what watch " +
        "returned, or the folder of the run.",
    );
  const files = new Map<string, ReadonlyMap<number, StepWritten>>(); // each is read once
  return texts.flatMap((each) => {
    const kept = each[part];
    return kept ? [{ step: kept.step, rollouts: rolloutsOf(kept, files), measures: kept.measures ?? [] }] : [];
  });
}

function rolloutsOf(
  { step, reward, rollouts }: KeptRollouts,
  files: Map<string, ReadonlyMap<number, StepWritten>>,
): readonly WrittenRollout[] {
  if (!("file" in rollouts)) return rollouts;
  const { file } = rollouts;
  if (!files.has(file)) files.set(file, existsSync(file) ? linesOf(file) : new Map());
  const found = files.get(file)!.get(step)?.rollouts;
  const rewards = found?.flatMap(({ score }) => (score.kind === "outage" ? [] : [score.reward]));
  const mean = rewards && rewards.reduce((sum, each) => sum + each, 0) / (rewards.length || 1);
  if (found && mean === reward) return found;
  throw new RangeError(
    `rollouts: ${file} has ${found ? "other rollouts" : "none"} for step ${step}: it was removed, or another run ` +
      "has its place. An earlier run was moved to a folder beside it: give that folder.",
  );
}

/**
 * The lines of a file of rollouts, by step. Of a step that was repeated, the last line counts. A line that a crash has
 * cut is left out.
 */
function linesOf(file: string): ReadonlyMap<number, StepWritten> {
  const lines = readFileSync(file, "utf8").split("\n");
  const steps = lines.flatMap((line, i): StepRollouts[] =>
    line.endsWith("}") ? [parsed(file, i + 1, line)].flatMap((each) => each ?? []) : [],
  );
  return new Map(
    steps.map(({ step, rollouts, measures = [] }) => [step, { step, rollouts: rollouts.map(writtenOf), measures }]),
  );
}

function parsed(file: string, number: number, line: string): StepRollouts | undefined {
  let value: Partial<StepRollouts> | null;
  try {
    value = JSON.parse(line) as Partial<StepRollouts> | null;
  } catch {
    return undefined; // cut in the middle, at a brace
  }
  const whole =
    typeof value?.step === "number" &&
    Array.isArray(value.rollouts) &&
    value.rollouts.every(
      (each) =>
        typeof each?.completion?.text === "string" &&
        Array.isArray(each.completion.tokens) &&
        (each.score?.kind === "outage" || typeof each.score?.reward === "number"),
    );
  if (whole) return value as StepRollouts;
  throw new CorruptData(
    file,
    `line ${number} holds no rollouts of a step`,
    "It must be { step, rollouts: [{ id, completion, score }] }, as ppo writes it.",
  );
}

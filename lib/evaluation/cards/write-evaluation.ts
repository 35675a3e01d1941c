import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import type { Problem } from "../../core/records";
import type { Facts, Rewriter, Task, TaskMetric } from "../../core/roles";
import { projectPath } from "../../data/paths";
import { evaluationFiles } from "../journal/folder";
import { hashOf, taskFacts } from "../journal/keys";
import type { Result } from "../result";
import { summarise } from "../statistics/summarise";
import { environment } from "./environment";
import { cardVersion, type CardSystem, type Recipe, type RunCard } from "./run-card";

/** An evaluation at its end. */
interface Evaluated {
  readonly task: Task;
  readonly problems: readonly Problem[];
  readonly systems: readonly Rewriter[];
  readonly metrics: readonly TaskMetric[];
  readonly options: {
    readonly limit?: number;
    readonly seed?: number;
    readonly failures?: string;
    readonly recipe?: Recipe;
  };
  readonly results: readonly Result[];
  readonly status: RunCard["status"];
  readonly seconds: number;
}

/** Writes the results and the run card of an evaluation into its folder, each whole or not at all. */
export function writeEvaluation(folder: string, evaluated: Evaluated): void {
  const lines = evaluated.results.map((result) => `${JSON.stringify(result)}\n`).join("");
  writeAtomic(join(folder, evaluationFiles.results), lines);
  writeAtomic(join(folder, evaluationFiles.card), `${JSON.stringify(runCardOf(evaluated), null, 2)}\n`);
}

/**
 * The results that an evaluation wrote into `folder` when it ended, in their order.
 *
 * Throws RangeError where there are none, and CorruptData, with its number, for a line that is no result.
 */
export function readResults(folder: string): readonly Result[] {
  const file = join(projectPath(folder), evaluationFiles.results);
  if (!existsSync(file))
    throw new RangeError(
      `readResults: there is no ${file}. evaluate(task, systems, { folder }) writes it when it ends; one that was ` +
        "killed goes on where it was, with the same folder.",
    );
  const lines = readFileSync(file, "utf8").split("\n");
  if (lines.at(-1) === "") lines.pop(); // a last line without its end was cut, and is read as one that is wrong
  return lines.map((line, i) => {
    const wrong = (why: string, cause?: unknown) =>
      new CorruptData(file, `line ${i + 1} ${why}`, "Evaluate again with the same folder: it is written anew.", {
        cause,
      });
    let result: Partial<Result> | null;
    try {
      result = JSON.parse(line) as Partial<Result> | null;
    } catch (cause) {
      throw wrong("is not JSON", cause);
    }
    if (typeof result?.system !== "string" || typeof result.qid !== "string" || typeof result.measures !== "object")
      throw wrong("is no result: it lacks system, qid or measures");
    return result as Result;
  });
}

/** The file of the run card of an evaluation, in its folder. */
export const cardFile = (folder: string): string => join(folder, evaluationFiles.card);

function runCardOf({ task, problems, systems, metrics, options, results, status, seconds }: Evaluated): RunCard {
  const { limit, seed, failures, recipe } = options;
  const settings: Facts = {
    ...(limit !== undefined && Number.isFinite(limit) && { limit }),
    ...(seed !== undefined && { seed }),
    ...(failures !== undefined && { failures }),
  };
  return {
    kind: "deepretrieval run card",
    version: cardVersion,
    date: new Date().toISOString(),
    status,
    seconds,
    task: taskFacts(task),
    data: {
      problems: problems.length,
      problemsHash: hashOf(problems),
      promptsHash: hashOf(problems.map((problem) => task.prompt(problem))),
    },
    settings,
    metrics: metrics.map(({ name }) => name),
    environment: environment(),
    systems: results.length === 0 ? [] : cardSystems(results, systems),
    ...(recipe && { recipe }),
  };
}

function cardSystems(results: readonly Result[], systems: readonly Rewriter[]): readonly CardSystem[] {
  return summarise(results).map(({ system, queries, failed, malformed, measures, failuresAsZero }) => ({
    system,
    about: systems.find(({ name }) => name === system)?.about?.() ?? {},
    queries,
    failed,
    malformed,
    queriesHash: hashOf(results.flatMap((result) => (result.system === system ? [[result.qid, result.query]] : []))),
    measures: Object.fromEntries(
      Object.entries(measures).map(([name, interval]) => [
        name,
        { ...interval, failuresAsZero: failuresAsZero[name]!.mean },
      ]),
    ),
  }));
}

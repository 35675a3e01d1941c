import { join } from "node:path";
import { SearchUnavailable, throwIfAborted } from "../core/errors";
import { random } from "../core/random";
import {
  abortSignal,
  filledText,
  flag,
  having,
  list,
  oneOf,
  orInfinity,
  seed,
  whole,
  type Range,
} from "../core/ranges";
import type { Problem } from "../core/records";
import type { Rewriter, Task, TaskMetric } from "../core/roles";
import { runOf, type Run } from "../core/run";
import { checkOptions } from "../core/settings";
import { projectPath } from "../data/paths";
import { setRecall } from "../metrics/recall";
import { ask, failureOf, type Asked } from "./asking";
import type { Recipe } from "./cards/run-card";
import { writeEvaluation } from "./cards/write-evaluation";
import { checkMetrics, checkProblems, checkTask } from "./given";
import { checkFolder, evaluationFiles } from "./journal/folder";
import { openJournal, type Journal, type Measured, type Proposal } from "./journal/journal";
import { queryKey, resultKey, taskFacts } from "./journal/keys";
import { measure, searched, type Measuring } from "./measuring";
import type { Failure, Result } from "./result";
import { distinct, namedSystems, type Systems } from "./systems/named";

export type { Failure, FoundCounts, RelevantDocuments, Result } from "./result";

/** How to evaluate. */
export interface EvaluateOptions {
  /** The default is the task's own. A task that names none has SetR: recall over all that its search returns. */
  readonly metrics?: readonly TaskMetric[];
  /** problems at most: the first ones, or with a `seed` a sample that it draws, in the order of the task */
  readonly limit?: number;
  /** names the sample of problems; a run card keeps it */
  readonly seed?: number;
  /**
   * keeps what was done, so that an evaluation that was ended goes on where it was, and writes results and a run card
   * there
   */
  readonly folder?: string;
  /**
   * what an error does: "throw" ends the evaluation, "keep" makes it a result with a `failure`; the default is "keep"
   * where there is a folder
   */
  readonly failures?: "throw" | "keep";
  /**
   * outages in a row after which the evaluation ends although failures are kept: the engine is down. The default is 20.
   */
  readonly patience?: number;
  /** keep the ids of relevant documents, found and missed, for `rewrites` to show */
  readonly documents?: boolean;
  /** how the run card says that this evaluation is run again: a notebook and its parameters */
  readonly recipe?: Recipe;
  /** searches in flight at once */
  readonly width?: number;
  /** problems handed to a rewriter at once; one behind a server gets them one by one, as many at once as it takes */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
}

const optionRanges: Readonly<Record<keyof EvaluateOptions, Range>> = {
  metrics: list,
  limit: orInfinity(whole(1)),
  seed,
  folder: filledText,
  failures: oneOf("throw", "keep"),
  patience: whole(1),
  documents: flag,
  recipe: having("a notebook and its parameters, { notebook, parameters }", "notebook"),
  width: whole(1),
  batchSize: whole(1),
  signal: abortSignal,
};

/**
 * Answers the problems of `task` with every system, yielding one result at a time: systems in turn, problems in the
 * order of the task. An empty query counts as a query that found nothing, as DeepRetrieval's evaluation counts
 * failures.
 *
 * With a `folder`, each query and each measured result is appended to `journal.jsonl` there before the next is asked. A
 * later call with the same folder repeats nothing that the journal holds for the same system, problem, prompt and
 * metrics, and yields the same results. At its end `results.jsonl` and `run-card.json` stand beside the journal.
 *
 * A result keeps what a model wrote for it, a malformed answer too: `completions` shows it. With `failures: "keep"` a
 * question that a system or the engine could not answer is a result with a `failure`, without measures: `failures`
 * lists them, `summary` gives the means without them and with them as 0.
 *
 * @param systems rewriters, or rewriters by name
 *
 * Throws RangeError for a task without problems, where two problems, systems or metrics have one name, and for a folder
 * with the results of another task or of another program, which would be lost. Throws
 * SearchUnavailable, which names the number of queries done, when the engine fails (with `failures: "keep"`: when it
 * fails `patience` times in a row). The results that were yielded before an error are complete. Throws Interrupted when
 * `signal` fires.
 */
export function evaluate(task: Task, systems: Systems, options: EvaluateOptions = {}): Run<Result> {
  const problems = Math.min(task?.problems?.length, options?.limit ?? Infinity);
  const repeated: Repeated = { results: new WeakSet(), count: 0 };
  const total = problems * Object.keys(systems ?? {}).length;
  return runOf(results(task, systems, options, repeated), total, "query", () => repeated.count);
}

/** The results that the journal held, and how many of them were yielded. */
interface Repeated {
  readonly results: WeakSet<Result>;
  count: number;
}

async function* results(
  task: Task,
  given: Systems,
  options: EvaluateOptions,
  repeated: Repeated,
): AsyncGenerator<Result, void> {
  checkOptions("evaluate", options, optionRanges);
  checkTask(task);
  const { metrics = task.metrics ?? [setRecall], folder } = options;
  const systems = namedSystems(given);
  checkMetrics(distinct("metrics", metrics));
  const problems = chosen(task, options);
  const path = folder === undefined ? undefined : projectPath(folder);
  if (path !== undefined) checkFolder(path, task);
  const journal = path === undefined ? undefined : openJournal(join(path, evaluationFiles.journal));
  const done: Result[] = [];
  const started = performance.now();
  const evaluation = { task, problems, systems, metrics, options, repeated: repeated.results };
  let status: "complete" | "incomplete" = "incomplete";
  try {
    for (const system of systems) {
      for await (const result of systemResults(evaluation, system, journal, () => done.length)) {
        done.push(result);
        if (repeated.results.has(result)) repeated.count++;
        yield result;
      }
    }
    status = "complete";
  } finally {
    if (path !== undefined)
      writeEvaluation(path, { ...evaluation, results: done, status, seconds: (performance.now() - started) / 1000 });
  }
}

interface Evaluation {
  readonly task: Task;
  readonly problems: readonly Problem[];
  readonly systems: readonly Rewriter[];
  readonly metrics: readonly TaskMetric[];
  readonly options: EvaluateOptions;
  readonly repeated: WeakSet<Result>;
}

const progress = ({ systems, problems }: Evaluation, done: number): string =>
  `evaluation (${done} of ${systems.length * problems.length} queries done)`;

async function* systemResults(
  evaluation: Evaluation,
  system: Rewriter,
  journal: Journal | undefined,
  done: () => number,
): AsyncGenerator<Result, void> {
  const { task, problems, metrics, options } = evaluation;
  const { width = 8, batchSize = 64, documents = false, patience = 20, signal } = options;
  const keepFailures = (options.failures ?? (options.folder === undefined ? "throw" : "keep")) === "keep";
  const measuring: Measuring = { metrics, documents, signal };
  const isRepeated = (result: Result): void => void evaluation.repeated.add(result);
  let outages = 0; // in a row
  for (const batch of chunks(problems, batchSize)) {
    throwIfAborted(signal, progress(evaluation, done()));
    const asked = await proposed(system, batch, journal, { keepFailures, width, signal });
    for (const part of chunks([...batch.entries()], width)) {
      throwIfAborted(signal, progress(evaluation, done()));
      const outcomes = await Promise.allSettled(
        part.map(([i, problem]) =>
          answer(task, system, problem, asked[i]!, measuring, keepFailures, journal, isRepeated),
        ),
      );
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") throw stopped(outcome.reason, evaluation, done());
        const { failure } = outcome.value;
        outages = failure?.name === "SearchUnavailable" ? outages + 1 : 0;
        yield outcome.value;
        if (outages >= patience)
          throw new SearchUnavailable(
            system.name,
            `${outages} questions in a row failed, the last one with: ${failure!.message}`,
            "Evaluate again when it is back; what was done is not repeated where there is a folder.",
          );
      }
    }
  }
}

/** The query of each problem, from the journal where it is there. */
async function proposed(
  system: Rewriter,
  batch: readonly Problem[],
  journal: Journal | undefined,
  asking: Parameters<typeof ask>[2],
): Promise<readonly Asked[]> {
  if (!journal) return ask(system, batch, asking);
  const facts = system.about?.() ?? {};
  const keys = batch.map((problem) => queryKey(system, facts, problem));
  const known = keys.map((key) => journal.proposal(key));
  const open = batch.filter((_, i) => known[i] === undefined);
  const openKeys = keys.filter((_, i) => known[i] === undefined);
  const keep = (place: number, proposal: Proposal): void => journal.addProposal(openKeys[place]!, proposal);
  const answers = open.length ? (await ask(system, open, { ...asking, keep })).values() : [].values();
  return known.map((proposal) => proposal ?? answers.next().value!);
}

async function answer(
  task: Task,
  system: Rewriter,
  problem: Problem,
  asked: Asked,
  measuring: Measuring,
  keepFailures: boolean,
  journal: Journal | undefined,
  isRepeated: (result: Result) => void,
): Promise<Result> {
  const about = { system: system.name, qid: problem.id };
  const failed = (failure: Failure, query = ""): Result => ({
    ...about,
    query,
    measures: {},
    question: problem.query,
    ...("written" in asked && asked.written && { written: asked.written }),
    failure,
  });
  if ("failure" in asked) return failed(asked.failure);
  const { query, written } = asked;
  const complete = (measured: Measured): Result => {
    const { found, documents, ...rest } = measured;
    return {
      ...about,
      ...rest,
      question: problem.query,
      ...(found && { found }),
      ...(documents && { documents }),
      ...(written && { written }),
    };
  };
  const names = [...measuring.metrics.map(({ name }) => name), ...(measuring.documents ? ["documents"] : [])];
  const key = journal && resultKey(taskFacts(task), problem, query, names);
  const known = key && journal.measured(key);
  if (known) {
    const result = complete(known);
    isRepeated(result);
    return result;
  }
  let result: Awaited<ReturnType<typeof searched>>;
  try {
    result = await searched(task, problem, query, measuring.signal);
  } catch (error) {
    if (!keepFailures) throw error;
    return failed(failureOf("searching", error), query);
  }
  const measured = await measure(system.name, problem, query, result, measuring);
  if (key) journal.addMeasured(key, measured);
  return complete(measured);
}

/** The problems that are asked. Throws RangeError where there are none. */
function chosen(task: Task, { limit = Infinity, seed }: EvaluateOptions): readonly Problem[] {
  const { name, problems } = task;
  if (problems.length === 0)
    throw new RangeError(
      `evaluate: ${name} has no problems. Choose another split, or look at the file it was read from.`,
    );
  checkProblems(name, problems);
  if (seed === undefined || problems.length <= limit) return problems.slice(0, limit);
  const places = random(seed)
    .fork("problems")
    .shuffle([...problems.keys()]);
  const kept = new Set(places.slice(0, limit));
  return problems.filter((_, i) => kept.has(i));
}

/** An outage with the number of queries done; any other error as it is. */
function stopped(reason: unknown, { systems, problems }: Evaluation, done: number): unknown {
  if (!(reason instanceof Error) || reason.name !== "SearchUnavailable") return reason;
  const { engine } = reason as SearchUnavailable;
  return new SearchUnavailable(
    engine,
    `evaluation stopped after ${done} of ${systems.length * problems.length} queries (${reason.message})`,
    "Keep the results it yielded, and evaluate again when the engine is back.",
    { cause: reason },
  );
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

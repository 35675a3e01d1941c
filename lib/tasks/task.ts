import { throwIfAborted } from "../core/errors";
import { callable, either, filledText, finite, having, list, whole, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import { expectNumber } from "../core/task-outputs";
import type { Measures, Problem, SearchResult } from "../core/records";
import type { Found, SearchEngine, Task } from "../core/roles";
import type { Metric } from "../metrics/metric";
import { ndcg, ndcgAt } from "../metrics/ndcg";
import { recallAt } from "../metrics/recall";
import { openedBy, parseAnswer } from "../prompts/answer";
import { type WordingOptions, worded } from "../prompts/wording";

/** A task of your own. Only `name`, `problems` and `engine` are needed. */
export interface CustomTask {
  readonly name: string;
  readonly problems: readonly Problem[]; // each with an id of its own
  readonly engine: SearchEngine; // anything with a name and a search
  readonly k?: number; // hits asked for; 100 unless said
  readonly prompt?: WordingOptions | ((problem: Problem) => string); // ours unless said; your own should end in an opened <think> or <answer>
  readonly score?: (found: Found) => number | Promise<number>; // reward of a query that was run; nDCG@10 unless said
  readonly malformed?: number; // reward of a turn without a query; −1 unless said, below the worst query
  readonly metrics?: readonly Metric[]; // shown beside the reward and, behind a score of your own, by `evaluate`; nDCG@10 and R@k unless said
}

const optionRanges: Readonly<Record<keyof CustomTask, Range>> = {
  name: filledText,
  problems: list,
  engine: having("an engine with a name and a search", "search"),
  k: whole(1),
  prompt: either(callable, having("wording options")),
  score: callable,
  malformed: finite,
  metrics: list,
};

/**
 * A retrieval task from your own data, in a few lines:
 *
 * ```ts
 * const mine = task({
 *   name: "products",
 *   problems: [{ id: "1", query: "warm shoes", judgments: { p7: 1 } }],
 *   engine: await bm25([{ id: "p7", contents: "lined winter boots" }]),
 *   score: ({ hits, judgments }) => recall(hits, judgments, 20),
 * });
 * await watch(ppo(qwen2("data/checkpoints/pubmed-coldstart"), mine, { steps: 100 }));
 * ```
 *
 * An engine that is down throws through and is never a reward. Throws RangeError for two problems with one id, and for
 * a score that is no finite number: it would spoil every weight of the policy.
 */
export function task(options: CustomTask): Task {
  const {
    name,
    problems,
    engine,
    k = 100,
    prompt = {},
    score = ({ hits, judgments }: Found) => ndcg(hits, judgments, 10),
    malformed = -1,
    metrics = [ndcgAt(10), recallAt(k)],
  } = options;
  checkOptions("task", options, optionRanges);
  distinct(name, problems);
  const wording = typeof prompt === "function" ? prompt : (problem: Problem) => worded(problem, prompt);
  const search = (problem: Problem, query: string, signal?: AbortSignal): Promise<SearchResult> => {
    throwIfAborted(signal, `task ${name}`);
    return engine.search(query, k, { ...(problem.maxDate && { maxDate: problem.maxDate }), ...(signal && { signal }) });
  };
  return {
    name,
    problems,
    metrics:
      options.score === undefined
        ? metrics
        : [{ name: "score", measure: (_hits, _judgments, found) => score(found) }, ...metrics],
    prompt: wording,
    async score(problem, completion, { signal } = {}) {
      const opened = openedBy(wording(problem));
      const answer = parseAnswer(opened + completion, { reasoning: opened.startsWith("<think>") });
      if (answer.kind === "malformed") return { kind: "malformed", reward: malformed, why: answer.why };
      const result = await search(problem, answer.query, signal);
      const judgments = result.judgments ?? problem.judgments;
      const reward = await score({ ...result, problem, query: answer.query, judgments });
      expectNumber(
        { name },
        "score",
        `of problem ${problem.id} for the query ${JSON.stringify(answer.query.slice(0, 60))}`,
        reward,
      );
      const measures: Measures = Object.fromEntries(
        metrics.map((metric) => [metric.name, metric.measure(result.hits, judgments)]),
      );
      return {
        kind: "scored",
        reward,
        query: answer.query,
        measures,
        ...(result.warnings.length > 0 && { warnings: result.warnings }),
      };
    },
    search: (problem, query, { signal } = {}) => search(problem, query, signal),
  };
}

function distinct(name: string, problems: readonly Problem[]): void {
  if (!problems.length) throw new RangeError(`task ${name}: there are no problems. Give at least one.`);
  const ids = new Set<string>();
  for (const { id } of problems) {
    if (ids.has(id))
      throw new RangeError(
        `task ${name}: two problems have the id ${JSON.stringify(id)}. Results are kept by id: rename one.`,
      );
    ids.add(id);
  }
}

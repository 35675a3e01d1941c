import type { Measures, Problem } from "../core/records";
import { engineWarnings, formatErrors, measureComponent, type RewardComponents } from "../core/reward-components";
import type { Found, SearchEngine, TaskMetric } from "../core/roles";
import { expectNumber } from "../core/task-outputs";
import { ndcg, ndcgAt } from "../metrics/ndcg";
import { recallAt } from "../metrics/recall";
import { parseAnswer } from "../prompts/answer";
import { documentSearch } from "./document-search";
import type { Scoring } from "./scoring";
import { sharedEngine } from "./shared-searches";

/** What a task of your own is rewarded by. */
export interface OwnScoring {
  /** the reward of a query that was run; nDCG@10 if absent */
  readonly score?: (found: Found) => number | Promise<number>;
  /** the reward of a turn without a query; −1 if absent, below the worst query of nDCG@10 */
  readonly malformed?: number;
  /**
   * measures of a score, logged in training and, after a `score` of your own, shown by `evaluate`; nDCG@10 and R@k if
   * absent
   */
  readonly metrics?: readonly TaskMetric[];
  /** what training logs besides the metrics, by name */
  readonly components?: RewardComponents;
}

/** The scoring of a task of your own, over the first `k` hits of `engine`. */
export function ownScoring(name: string, engine: SearchEngine, k: number, options: OwnScoring): Scoring {
  const {
    score = ({ hits, judgments }: Found) => ndcg(hits, judgments, 10),
    malformed = -1,
    metrics = [ndcgAt(10), recallAt(k)],
    components = {},
  } = options;
  const shared = sharedEngine(engine);
  return {
    metrics: options.score
      ? [{ name: "score", measure: (_hits, _judgments, found) => score(found) }, ...metrics]
      : metrics,
    components: {
      ...Object.fromEntries(metrics.map(({ name }) => [name, measureComponent(name, `The metric ${name}.`)])),
      ...formatErrors,
      ...engineWarnings,
      ...components,
    },
    async score({ problem, text, opened, signal }) {
      const answer = parseAnswer(text, { reasoning: opened.startsWith("<think>") });
      if (answer.kind === "malformed") return { kind: "malformed", reward: malformed, why: answer.why };
      const { query } = answer;
      const result = await documentSearch(shared, k, problem, query, signal);
      const found: Found = { ...result, problem, query, judgments: result.judgments ?? problem.judgments };
      const reward = await score(found);
      expectNumber({ name }, "score", about(problem, query), reward);
      return {
        kind: "scored",
        reward,
        query,
        measures: await measured(metrics, found),
        ...(result.warnings.length > 0 && { warnings: result.warnings }),
      };
    },
    search: (problem, query, signal) => documentSearch(engine, k, problem, query, signal),
  };
}

const about = ({ id }: Problem, query: string): string =>
  `of problem ${id} for the query ${JSON.stringify(query.slice(0, 60))}`;

async function measured(metrics: readonly TaskMetric[], found: Found): Promise<Measures> {
  const values: Record<string, number> = {};
  for (const metric of metrics) values[metric.name] = await metric.measure(found.hits, found.judgments, found);
  return values;
}

import type { Problem } from "../../core/records";
import type { Result } from "../evaluate";
import { studentInterval } from "./sign-flips";
import { expectValues, type Interval } from "./significance";

/** One system over all its queries. */
export interface SystemSummary {
  readonly system: string;
  readonly queries: number;
  readonly malformed: number; // queries for which the system offered nothing; they count as nothing found
  readonly measures: Readonly<Record<string, Interval>>; // metric name → mean and 95 % interval
}

/** The mean of every metric by system, systems in the order they first appear. */
export function summarise(results: readonly Result[]): readonly SystemSummary[] {
  return [...bySystem(results)].map(([system, own]) => ({
    system,
    queries: own.length,
    malformed: own.filter((result) => result.malformed === true).length,
    measures: Object.fromEntries(
      metricNames(results).map((metric) => [metric, intervalOf(own.map((result) => measured(result, metric)))]),
    ),
  }));
}

function intervalOf(values: readonly number[]): Interval {
  expectValues("summary", values);
  return studentInterval(values);
}

/** System → its mean of one metric, the only one unless said: `means(results)["after RL"]`. */
export function means(results: readonly Result[], metric = metricNames(results)[0]!): Readonly<Record<string, number>> {
  const mean = (own: readonly Result[]) => own.reduce((sum, result) => sum + measured(result, metric), 0) / own.length;
  return Object.fromEntries([...bySystem(results)].map(([system, own]) => [system, mean(own)]));
}

/**
 * `means` within each group of problems, groups in the order they first appear: a row
 * `{ group, questions, [system]: mean }` each. Problems without a group are one, "all".
 */
export function groupMeans(
  results: readonly Result[],
  problems: readonly Problem[],
  metric = metricNames(results)[0]!,
): readonly Readonly<Record<string, string | number>>[] {
  const groupOf = ({ group = "all" }: Problem): string => group;
  return [...new Set(problems.map(groupOf))].map((group) => {
    const ids = new Set(problems.filter((problem) => groupOf(problem) === group).map(({ id }) => id));
    return {
      group,
      questions: ids.size,
      ...means(
        results.filter(({ qid }) => ids.has(qid)),
        metric,
      ),
    };
  });
}

/** Results by system, in the order in which systems first appear. */
export function bySystem(results: readonly Result[]): ReadonlyMap<string, readonly Result[]> {
  const systems = new Map<string, Result[]>();
  for (const result of results) {
    const own = systems.get(result.system);
    if (own === undefined) systems.set(result.system, [result]);
    else own.push(result);
  }
  return systems;
}

/** The metrics of `results`, which all have the same. */
export function metricNames(results: readonly Result[]): readonly string[] {
  const [first] = results;
  if (first === undefined)
    throw new RangeError("no results: nothing to summarise. Run `evaluate` to its first result.");
  return Object.keys(first.measures);
}

/** `metric` of one result. */
export function measured(result: Result, metric: string): number {
  const value = result.measures[metric];
  if (value !== undefined) return value;
  throw new RangeError(
    `${result.system}, query ${result.qid}: no measure "${metric}"; it has ${Object.keys(result.measures).join(", ")}. Evaluate all systems with the same metrics.`,
  );
}

import type { Problem } from "../../core/records";
import type { Result } from "../result";
import { studentInterval } from "./sign-flips";
import { expectValues, type Interval } from "./significance";

/** One system over all its queries. */
export interface SystemSummary {
  readonly system: string;
  readonly queries: number; // failed ones included
  readonly failed: number; // queries without measures, because the system or the engine could not answer
  readonly malformed: number; // queries for which the system offered nothing; they count as nothing found
  // over the queries that did not fail: `queries − failed` of them
  readonly measures: Readonly<Record<string, Interval>>;
  readonly failuresAsZero: Readonly<Record<string, Interval>>; // over all queries, a failed one measuring 0
}

/**
 * The mean of every metric by system, systems in the order they first appear. A metric without a measured query is left
 * out.
 *
 * @param wanted which metrics, by name; the default is all. Throws RangeError for one that was not measured.
 */
export function summarise(results: readonly Result[], wanted?: readonly string[]): readonly SystemSummary[] {
  const metrics = chosenMetrics(results, wanted);
  return [...bySystem(results)].map(([system, own]) => {
    const answered = own.filter(({ failure }) => failure === undefined);
    const zeros = Array<number>(own.length - answered.length).fill(0);
    const intervals = (others: readonly number[]) =>
      Object.fromEntries(
        metrics
          .map((metric) => [metric, [...answered.map((result) => measured(result, metric)), ...others]] as const)
          .filter(([, values]) => values.length > 0)
          .map(([metric, values]) => [metric, intervalOf(`${metric} of ${system}`, values)]),
      );
    return {
      system,
      queries: own.length,
      failed: zeros.length,
      malformed: own.filter((result) => result.malformed === true).length,
      measures: intervals([]),
      failuresAsZero: intervals(zeros),
    };
  });
}

function intervalOf(what: string, values: readonly number[]): Interval {
  expectValues(`summary, ${what}`, values);
  return studentInterval(values);
}

/**
 * System → its mean of one metric over the queries that did not fail; the default metric is the first. A system whose
 * queries all failed is left out. `means(results)["after RL"]`
 *
 * Throws RangeError for no results, and for a result that was not measured by the metric.
 */
export function means(results: readonly Result[], metric = metricNames(results)[0]!): Readonly<Record<string, number>> {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return Object.fromEntries(
    [...bySystem(results.filter(({ failure }) => failure === undefined))].map(([system, own]) => [
      system,
      mean(own.map((result) => measured(result, metric))),
    ]),
  );
}

/**
 * `means` within each group of problems, groups in the order they first appear: a row
 * `{ group, questions, [system]: mean }` each. Problems without a group are one, "all".
 *
 * `questions` counts the problems of the group that have a result, not those of the task that were not evaluated. A
 * group without any has no row. Where a query failed, its row has `failed`, the number of results without a measure,
 * which are in no mean. Throws as `means` does.
 */
export function groupMeans(
  results: readonly Result[],
  problems: readonly Problem[],
  metric = metricNames(results)[0]!,
): readonly Readonly<Record<string, string | number>>[] {
  const groupOf = ({ group = "all" }: Problem): string => group;
  return [...new Set(problems.map(groupOf))].flatMap((group) => {
    const ids = new Set(problems.filter((problem) => groupOf(problem) === group).map(({ id }) => id));
    const own = results.filter(({ qid }) => ids.has(qid));
    const failed = own.filter(({ failure }) => failure !== undefined).length;
    if (own.length === 0) return [];
    return {
      group,
      questions: new Set(own.map(({ qid }) => qid)).size,
      ...(failed > 0 && { failed }),
      ...means(own, metric),
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

/** The metrics of `results`, in the order they first appear; all results without a failure have the same. */
export function metricNames(results: readonly Result[]): readonly string[] {
  if (results.length === 0)
    throw new RangeError("no results: nothing to summarise. Run `evaluate` to its first result.");
  return [...new Set(results.flatMap(({ measures }) => Object.keys(measures)))];
}

/** `wanted` metrics, or all of `results`. Throws RangeError for one that was not measured. */
export function chosenMetrics(results: readonly Result[], wanted?: readonly string[]): readonly string[] {
  const known = metricNames(results);
  const missing = wanted?.find((name) => !known.includes(name));
  if (missing === undefined) return wanted ?? known;
  throw new RangeError(`no result was measured by "${missing}"; there are ${known.join(", ")}.`);
}

/** `metric` of one result. Throws RangeError where it has none. */
export function measured(result: Result, metric: string): number {
  const value = result.measures[metric];
  if (value !== undefined) return value;
  throw new RangeError(
    `${result.system}, query ${result.qid}: no measure "${metric}"; it has ` +
      `${Object.keys(result.measures).join(", ")}. Evaluate all systems with the same metrics.`,
  );
}

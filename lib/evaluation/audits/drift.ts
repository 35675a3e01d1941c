import type { Result } from "../result";
import { metricNames } from "../statistics/summarise";

/** The same query on two days, or in two recordings. */
export interface Drift {
  readonly system: string;
  readonly qid: string;
  readonly query: string;
  readonly matchesBefore: number; // before the cut at k
  readonly matchesAfter: number;
  readonly growth: number; // matches after / before − 1; 0 where both are none
  readonly before: number; // the measure
  readonly after: number;
  readonly change: number;
}

/**
 * How much an engine changed between two evaluations (of two cassettes, or on two days) that sent the same queries.
 * There is one row for each query, the largest change first. A live engine adds documents, so it finds more and ranks
 * differently later: a published number holds for its day.
 *
 * Throws RangeError where the two evaluations have no query in common. A system that wrote another query is not
 * compared, since then the system has changed.
 */
export function drift(
  before: readonly Result[],
  after: readonly Result[],
  metric = before.length > 0 ? metricNames(before)[0]! : "",
): readonly Drift[] {
  const keyOf = ({ system, qid, query }: Result) => JSON.stringify([system, qid, query]);
  const later = new Map(after.filter(({ failure }) => failure === undefined).map((result) => [keyOf(result), result]));
  const rows = before.flatMap((was): Drift[] => {
    const is = later.get(keyOf(was));
    if (is === undefined || was.failure) return [];
    const [first, second] = [was.found?.total ?? 0, is.found?.total ?? 0];
    const [measure, again] = [was.measures[metric], is.measures[metric]];
    if (measure === undefined || again === undefined)
      throw new RangeError(
        `drift: query ${was.qid} was not measured by ${metric} in both. Evaluate both with the same metrics.`,
      );
    return [
      {
        system: was.system,
        qid: was.qid,
        query: was.query,
        matchesBefore: first,
        matchesAfter: second,
        growth: first === second ? 0 : second / first - 1,
        before: measure,
        after: again,
        change: again - measure,
      },
    ];
  });
  if (rows.length === 0)
    throw new RangeError(
      "drift: the two evaluations have no query in common. Give the same systems, greedy, over two engines.",
    );
  return rows.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

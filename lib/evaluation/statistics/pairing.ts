import type { Result } from "../result";

/** The results of two systems for one question. */
export type Pair = readonly [own: Result, base: Result];

/** The questions of a system or of its baseline, with the name that messages use. */
export interface Asked {
  readonly system: string;
  readonly results: readonly Result[];
}

/**
 * The results of two systems, question by question, in the order of the first. Published data ask some questions twice:
 * the second results of both are a pair, too. Throws RangeError where one has more results for a question than the
 * other, which happens where two evaluations of one name stand in one list.
 */
export function paired(own: Asked, base: Asked): readonly Pair[] {
  const known = byOccurrence(base.results);
  const pairs = [...byOccurrence(own.results)].flatMap(([key, result]): Pair[] => {
    const other = known.get(key);
    return other === undefined ? [] : [[result, other]];
  });
  const [counts, baseCounts] = [countsOf(own.results), countsOf(base.results)];
  for (const [qid, count] of counts) {
    const other = baseCounts.get(qid);
    if (other !== undefined && other !== count)
      throw new RangeError(
        `compare: there are ${count} results of ${own.system} for the question ${qid} and ${other} of ` +
          `${base.system}. Where two evaluations are in one list, give their systems different names.`,
      );
  }
  return pairs;
}

const countsOf = (results: readonly Result[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { qid } of results) counts.set(qid, (counts.get(qid) ?? 0) + 1);
  return counts;
};

/** Results by question and occurrence. */
function byOccurrence(results: readonly Result[]): ReadonlyMap<string, Result> {
  const seen = new Map<string, number>();
  return new Map(
    results.map((result) => {
      const occurrence = seen.get(result.qid) ?? 0;
      seen.set(result.qid, occurrence + 1);
      return [JSON.stringify([result.qid, occurrence]), result];
    }),
  );
}

/** Throws RangeError, naming the questions, unless both systems were asked the same ones. */
export function expectSameQueries(own: Asked, base: Asked): void {
  const [ids, baseIds] = [own, base].map(({ results }) => new Set(results.map(({ qid }) => qid))) as [
    Set<string>,
    Set<string>,
  ];
  const onlyOwn = [...ids].filter((id) => !baseIds.has(id));
  const onlyBase = [...baseIds].filter((id) => !ids.has(id));
  if (onlyOwn.length + onlyBase.length === 0) return;
  const parts = [[own.system, onlyOwn] as const, [base.system, onlyBase] as const].flatMap(([name, only]) =>
    only.length > 0 ? [`${only.length} only of ${name} (${listed(only)})`] : [],
  );
  throw new RangeError(
    `compare: ${own.system} was asked ${ids.size} questions and ${base.system} ${baseIds.size}, of which ` +
      `${ids.size - onlyOwn.length} are the same; ${parts.join(", ")}. ` +
      'Evaluate both on the same questions, or pass { queries: "common" } to compare over those that both have.',
  );
}

const listed = (ids: readonly string[]): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");

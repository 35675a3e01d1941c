import type { Result } from "../result";

/** The size and form of a query. */
export interface QueryFeatures {
  readonly words: number; // runs of letters and digits, operators not counted
  readonly characters: number;
  readonly operators: number; // AND, OR and NOT in capitals
  readonly or: number;
  readonly and: number;
  readonly not: number;
  readonly depth: number; // of nested parentheses
}

/** The size and form of a query, as a Boolean engine reads it: operators in capitals outside quotation marks. */
export function featuresOf(query: string): QueryFeatures {
  const plain = query.replace(/"[^"]*"/g, (phrase) => phrase.toLowerCase());
  const count = (operator: string) =>
    plain.split(new RegExp(`(?<![\\p{L}\\p{N}])${operator}(?![\\p{L}\\p{N}])`, "u")).length - 1;
  const [or, and, not] = [count("OR"), count("AND"), count("NOT")];
  let [depth, deepest] = [0, 0];
  for (const sign of plain) {
    if (sign === "(") deepest = Math.max(deepest, ++depth);
    if (sign === ")") depth = Math.max(0, depth - 1);
  }
  const operators = or + and + not;
  const words = (query.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) - operators;
  return { words, characters: query.length, operators, or, and, not, depth: deepest };
}

/**
 * The query of one system for one problem: its features, the documents it retrieved, and a column for each of its
 * measures.
 */
export interface QueryRow extends QueryFeatures {
  readonly system: string;
  readonly qid: string;
  readonly retrieved: number; // documents
  readonly [measure: string]: string | number;
}

/** One row per measured result: system, qid, the features of its query and its measures. Failures are left out. */
export const queryFeatures = (results: readonly Result[]): readonly QueryRow[] =>
  results
    .filter(({ failure }) => failure === undefined)
    .map(({ system, qid, query, found, measures }) => ({
      system,
      qid,
      ...featuresOf(query),
      retrieved: found?.hits ?? 0,
      ...measures,
    }));

import type { Judgments } from "../../core/records";
import type { Corpus } from "./corpus";
import { contains, type RecordSet } from "./record-set";

/** The relevant documents of a problem (grade above 0), as record numbers. */
export interface Relevant {
  readonly of: number; // relevant documents, in the corpus or not
  readonly numbers: readonly number[]; // of those in the corpus
}

/** Judgments to record numbers, worked out once for each judgments object. */
export function relevantIn({ numberOf }: Pick<Corpus, "numberOf">): (judgments: Judgments) => Relevant {
  const known = new WeakMap<Judgments, Relevant>();
  return (judgments) => {
    const before = known.get(judgments);
    if (before) return before;
    const ids = Object.keys(judgments).filter((id) => judgments[id]! > 0);
    const relevant = { of: ids.length, numbers: ids.map(numberOf).filter((number): number is number => number !== undefined) };
    known.set(judgments, relevant);
    return relevant;
  };
}

/** The fraction of the relevant documents that are in `found`, below record number `end`; 0 where nothing is relevant. */
export function recallAmong(found: RecordSet, end: number, { of, numbers }: Relevant): number {
  let hits = 0;
  for (const record of numbers) if (record < end && contains(found, record)) hits++;
  return of > 0 ? hits / of : 0;
}

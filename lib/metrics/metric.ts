import type { Hit, Judgments } from "../core/records";

/** A measure of one ranking. Its name is the one ir_measures uses, and the column header of every report. */
export interface Metric {
  readonly name: string;
  /** In [0, 1], higher is better; `hits` best first. */
  measure(hits: readonly Hit[], judgments: Judgments): number;
}

/** Throws unless `k` is a cut-off: a whole number of hits, 1 or more. */
export function cutoff(where: string, k: number): number {
  if (k === Infinity || (Number.isInteger(k) && k >= 1)) return k;
  throw new RangeError(`${where}: k is ${k}; it must be a whole number of hits, 1 or more.`);
}

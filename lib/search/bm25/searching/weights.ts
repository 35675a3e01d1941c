import { decodeLength } from "../postings/length-norm";
import type { Collection } from "../postings/postings";

/** The free parameters of BM25. Anserini's defaults are k1 0.9 and b 0.4; Lucene's own are 1.2 and 0.75. */
export interface Bm25Parameters {
  readonly k1: number; // the effect of repeated terms, 0 or more
  readonly b: number; // the effect of a document's length, in [0, 1]
}

const { fround } = Math;

/**
 * The weight of a term that `count` documents have and that is `times` in the query, float32:
 *
 *   n·ln(1 + (N − df + ½) / (df + ½))
 */
export const termWeight = (documents: number, count: number, times: number): number =>
  fround(times * fround(Math.log(1 + (documents - count + 0.5) / (count + 0.5))));

/** 1 + f / K for each pair of frequency and length, with K = k1·(1 − b + b·|d| / avgdl), in Lucene's float32 steps. */
export function saturations(
  { counted, tokens, frequencies, lengths }: Collection,
  { k1, b }: Bm25Parameters,
): Float32Array {
  const average = fround(tokens / counted);
  const [k, slope] = [fround(k1), fround(b)];
  const inverse = Float32Array.from(
    { length: 256 },
    (_, byte) => 1 / fround(k * fround(fround(1 - slope) + fround(fround(slope * decodeLength(byte)) / average))),
  );
  return Float32Array.from(frequencies, (frequency, i) => 1 + fround(frequency * inverse[lengths[i]!]!));
}

/** What a posting adds to a score: weight·(1 − 1 / (1 + f / K)), in Lucene's float32 steps. */
export const contribution = (weight: number, saturation: number): number =>
  fround(weight - fround(weight / saturation));

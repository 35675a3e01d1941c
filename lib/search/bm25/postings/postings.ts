import type { Dictionary } from "./dictionary";
import type { Strings } from "./strings";

/**
 * What an inverted index says of a collection, as typed arrays in shared memory. Documents are numbered in the order of
 * their ids, by Unicode code point: equal scores then rank by document number, which is Anserini's tie-breaking.
 *
 * What BM25 needs of a posting is how often its term occurs and how long its document is. Both together are one of a
 * few thousand pairs; a posting holds the pair's number.
 */
export interface Collection {
  readonly documents: number; // N, without any term included
  readonly counted: number; // documents with at least one term
  readonly tokens: number; // terms in all documents, repetitions included
  readonly ids: Strings; // [N] document ids
  readonly terms: Dictionary; // [V]
  readonly starts: Uint32Array; // [V + 1] postings of term t are those from starts[t] to starts[t + 1]
  readonly frequencies: Uint32Array; // [pairs] occurrences of the term in the document
  readonly lengths: Uint8Array; // [pairs] the document's length, as one byte (length-norm.ts)
}

/** An inverted index that is wholly in memory. */
export interface Postings extends Collection {
  /** [postings] document numbers, rising within a term; signed, as loops over them are faster by a third */
  readonly docs: Int32Array;
  readonly pairs: Uint16Array; // [postings]
}

/** The postings of one term: those from `start` to `end` of two arrays. */
export interface PostingList {
  readonly docs: Int32Array;
  readonly pairs: Uint16Array;
  readonly start: number;
  readonly end: number;
}

/** Finds the postings of a term by its number. */
export type PostingLists = (term: number) => PostingList;

/** Those of an index in memory. */
export const residentLists =
  ({ starts, docs, pairs }: Postings): PostingLists =>
  (term) => ({ docs, pairs, start: starts[term]!, end: starts[term + 1]! });

import type { Dictionary } from "./dictionary";
import type { Strings } from "./strings";

/**
 * An inverted index without its postings, as typed arrays in shared memory. Documents are numbered in the order of
 * their ids, by Unicode code point. Equal scores are ordered by document number, which is Anserini's tie-breaking.
 *
 * BM25 needs two values of a posting: how often its term occurs, and how long its document is. There are a few thousand
 * different pairs of the two. A posting holds the number of its pair.
 */
export interface Collection {
  readonly documents: number; // N, including documents without any term
  readonly counted: number; // documents with at least one term
  readonly tokens: number; // terms in all documents, repetitions included
  readonly ids: Strings; // [N] document ids
  readonly terms: Dictionary; // [V]
  readonly starts: Uint32Array; // [V + 1] the postings of term t are those from starts[t] to starts[t + 1]
  readonly frequencies: Uint32Array; // [pairs] occurrences of the term in the document
  readonly lengths: Uint8Array; // [pairs] the document's length, as one byte (length-norm.ts)
}

/** An inverted index in memory. */
export interface Postings extends Collection {
  /**
   * [postings] Document numbers, ascending within a term. They are signed, since loops over them are then faster by a
   * third.
   */
  readonly docs: Int32Array;
  readonly pairs: Uint16Array; // [postings]
}

/** The postings of one term: the elements [start, end) of two arrays. */
export interface PostingList {
  readonly docs: Int32Array;
  readonly pairs: Uint16Array;
  readonly start: number;
  readonly end: number;
}

/** Finds the postings of a term by its number. */
export type PostingLists = (term: number) => PostingList;

/** The postings of an index in memory. */
export const residentLists =
  ({ starts, docs, pairs }: Postings): PostingLists =>
  (term) => ({ docs, pairs, start: starts[term]!, end: starts[term + 1]! });

import type { PostingList } from "./postings";

/** The postings of one query term, with what they add to scores. */
export interface List extends PostingList {
  readonly term: number;
  readonly weight: number; // idf times the repetitions in the query, float32
  readonly bound: number; // the most that they add to the score of a document
}

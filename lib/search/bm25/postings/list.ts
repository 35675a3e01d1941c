import type { PostingList } from "./postings";

/** One query term's postings and what they add to scores. */
export interface List extends PostingList {
  readonly term: number;
  readonly weight: number; // idf times the repetitions in the query, float32
  readonly bound: number; // the most that a document gets
}

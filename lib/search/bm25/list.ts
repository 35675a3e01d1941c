/** One query term's postings and what they add to scores. */
export interface List {
  readonly term: number;
  readonly start: number; // first posting
  readonly end: number; // behind the last
  readonly weight: number; // idf times the repetitions in the query, float32
  readonly bound: number; // the most that a document gets
}

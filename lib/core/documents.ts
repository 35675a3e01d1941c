/** A document that a search engine indexes and finds. Data sets in BEIR's form hold these too. */
export interface SearchDocument {
  readonly id: string; // unique within its collection
  readonly contents: string; // all of its text; where it has a title, the title is the first line
}

/** A collection of documents. One that is too large for memory is a stream. */
export type Documents = Iterable<SearchDocument> | AsyncIterable<SearchDocument>;

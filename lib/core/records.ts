/**
 * The nouns of the library, as plain readonly records. Everything that crosses a
 * folder boundary is one of these; none of them has methods, so all of them
 * survive JSON, a worker thread and a kernel restart.
 */

/** One retrieved document. Lists of hits are best first: position is rank. */
export interface Hit {
  readonly docId: string;
  readonly score: number; // engine units; comparable only within one list
}

/** What an engine answered. No hits means that nothing matched; an engine that is down throws instead. */
export interface SearchResult {
  readonly hits: readonly Hit[]; // at most k, best first
  readonly total: number; // matches before the cut at k
  readonly warnings: readonly string[]; // what the engine dropped or repaired in the query, in words
  // grades that only the hits themselves tell: a passage that holds an answer, a result equal to the gold one
  readonly judgments?: Judgments;
}

/** How much of what is relevant a search found. */
export interface Recall {
  readonly recall: number; // in [0, 1]; 0 where nothing is relevant
  readonly found: number; // relevant documents among the hits
  readonly total: number; // matches before the cut at k
  readonly warnings: readonly string[]; // as of the search
}

/** Relevance grades of one query (TREC "qrels"): docId to grade; grade 0 means judged not relevant. */
export type Judgments = Readonly<Record<string, number>>;

/** The four parts of a clinical question. */
export interface Pico {
  readonly P: string; // population
  readonly I: string; // intervention
  readonly C: string; // comparison
  readonly O: string; // outcome
}

/** One information need and the documents that answer it. */
export interface Problem {
  readonly id: string; // TREC "qid", unique within its task
  readonly query: string; // what the person asked, verbatim: the question as typed
  readonly judgments: Judgments;
  readonly pico?: Pico; // the question in parts, where the data set has it
  readonly maxDate?: string; // "YYYY/MM/DD": nothing published later may be retrieved
  readonly group?: string; // a stratum to report by: "terms seen in training"
  readonly expert?: string; // a query by someone who knows the engine, where the data set has one
  // open questions: a passage that contains one of them is relevant; judgments are then empty
  readonly answers?: readonly string[];
  readonly sql?: SqlQuestion; // questions to a database: judgments are then empty
}

/** What a question to a database brings besides its text. */
export interface SqlQuestion {
  readonly database: string; // name, as in the data set: "concert_singer"
  readonly gold: string; // a query that answers it
  readonly schema: string; // the CREATE statements that a prompt shows; "" where the data set has none
  readonly knowledge?: string; // what the words of the question mean in this database (BIRD's "evidence")
}

/** A bibliographic record as PubMed has it. Unknown fields are empty, never absent. */
export interface Publication {
  readonly pmid: string;
  readonly title: string;
  readonly abstract: string;
  readonly mesh: readonly string[]; // "Heading" or "Heading/qualifier"; a leading * marks a major topic
  readonly date: string; // "YYYY/MM/DD", "YYYY/MM", "YYYY" or ""
  readonly journal: string;
  readonly authors: readonly string[];
  readonly types: readonly string[]; // publication types: "Randomized Controlled Trial"
  readonly keywords?: readonly string[]; // that the authors chose; absent where there are none
  readonly journalNames?: readonly string[]; // what else the journal is called: its abbreviation, its ISSNs
}

/** Metric name to value in [0, 1]: `{ "R@3000": 0.42 }`. The names are column headers everywhere. */
export type Measures = Readonly<Record<string, number>>;

/**
 * The score of a completion. Both cases are ordinary data of training. An engine that is down is neither case: it
 * throws (see errors.ts).
 */
export type Score =
  | {
      readonly kind: "scored";
      readonly reward: number;
      readonly query: string;
      readonly measures: Measures;
      readonly warnings?: readonly string[];
    }
  | { readonly kind: "malformed"; readonly reward: number; readonly why: string };

/** One sampled response, with what training needs to revisit it. T is its length in tokens. */
export interface Completion {
  readonly text: string; // decoded response, without the end-of-text token or the stop string
  // [T] response token ids, with the end-of-text token or the stop string where one was reached
  readonly tokens: readonly number[];
  // [T] log π_old of each token under the policy itself, untempered and with nothing cut or masked, nats
  readonly logps: readonly number[];
  readonly finished: boolean; // false: cut at the token limit
}

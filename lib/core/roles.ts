import type { Grammar } from "./grammar";
import type { Random } from "./random";
import type { Completion, Hit, Judgments, Problem, Recall, Score, SearchResult } from "./records";
import type { RewardComponents } from "./reward-components";

/**
 * The roles of the library, as interfaces. Folders meet here and nowhere else:
 * training knows a Task but no search engine, a task knows an engine but no model.
 */

/** What may be said of one search besides the query. */
export interface SearchOptions {
  /** "YYYY/MM/DD", inclusive: nothing published later is returned */
  readonly maxDate?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Ranks documents for a query string, near or far. */
export interface SearchEngine {
  readonly name: string; // as in reports and errors: "PubMed", "BM25 over NFCorpus"
  /** At most `k` hits, best first. Throws SearchUnavailable; no hits means nothing matched. */
  search(query: string, k: number, options?: SearchOptions): Promise<SearchResult>;
  /**
   * What `search` finds of the documents with a grade above 0, where an engine can count them without listing its hits.
   * Throws as `search` does.
   */
  recall?(query: string, judgments: Judgments, k: number, options?: SearchOptions): Promise<Recall>;
}

/** How to continue a prompt. */
export interface SamplingOptions {
  /** response tokens at most */
  readonly maxTokens?: number;
  /** 0 is greedy: what follows cuts then makes no difference */
  readonly temperature?: number;
  /** only the k likeliest tokens; 0 keeps all */
  readonly topK?: number;
  /** nucleus: smallest set of tokens with this mass, in (0, 1] */
  readonly topP?: number;
  /** only tokens at least this times as likely as the likeliest, in [0, 1] */
  readonly minP?: number;
  /**
   * of tokens in prompt or response: positive logits are divided by it, others multiplied (Keskar et al. 2019); 1 is
   * none
   */
  readonly repetitionPenalty?: number;
  /** the text ends before the first of these; `tokens` go on to the one that completes it */
  readonly stop?: readonly string[];
  /** the form that every response is held to, its end in time for maxTokens included */
  readonly grammar?: Grammar;
  /** row i reads the stream fork(i): the same text whatever the batch */
  readonly rng?: Random;
  /**
   * Called with the place of a prompt and its completion as soon as that is finished, while others are still written.
   */
  readonly onCompletion?: (place: number, completion: Completion) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Facts about a model, a system or a task, by name: what its results depend on. Run cards show them. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** Continues prompts: a local policy, a vLLM server, a hosted LLM. */
export interface Sampler {
  readonly name: string;
  /**
   * What its texts depend on besides the prompt and the sampling options: a fingerprint of its weights, its backend,
   * its server.
   */
  about?(): Facts;
  /** Requests at once, for a sampler that sends a request for each prompt: several prompts in one call gain nothing. */
  readonly inFlight?: number | undefined;
  /** One completion for each prompt, in order. */
  generate(prompts: readonly string[], options?: SamplingOptions): Promise<readonly Completion[]>;
  /** Tokens that a response to `prompt` may have, where that is known beforehand; at 0 there can be none. */
  room?(prompt: string): number;
}

/** What a query found, for a measure or a reward of your own to look at. */
export interface Found extends SearchResult {
  readonly problem: Problem;
  readonly query: string; // "" where there is no query: nothing was searched
  readonly judgments: Judgments;
}

/** What a task is measured by: a Metric, which looks at the ranking alone, or one that looks at all that was found. */
export interface TaskMetric {
  readonly name: string; // the column header of every report
  /** Higher is better; `hits` best first. */
  measure(hits: readonly Hit[], judgments: Judgments, found: Found): number | Promise<number>;
}

/** What may be said of one scoring besides the completion. */
export interface ScoreOptions {
  readonly signal?: AbortSignal | undefined;
  /** the text that the completion continues, where it is not the task's own prompt */
  readonly prompt?: string | undefined;
}

/** What training and evaluation need to know of a retrieval task, and nothing more. */
export interface Task {
  readonly name: string;
  readonly problems: readonly Problem[];
  /**
   * What the task is about, first: `evaluate` measures these where it is told no others. SetR for a task that names
   * none.
   */
  readonly metrics?: readonly TaskMetric[];
  /**
   * What training logs of the scores beside their mean, by name. A task that declares none has every measure of its
   * scores logged.
   */
  readonly components?: RewardComponents;
  /** The text a model continues, up to and including the opened `<think>`. */
  prompt(problem: Problem): string;
  /** Rewards what a model wrote after `prompt(problem)`. Throws SearchUnavailable, never scores an outage. */
  score(problem: Problem, completion: string, options?: ScoreOptions): Promise<Score>;
  /** What a query finds in the engine of the task, with the limits of the problem. */
  search(
    problem: Problem,
    query: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<SearchResult>;
}

/** What a rewriter's model wrote for one problem. */
export interface Written {
  readonly completion: string; // the response, whole
  readonly reasoning?: string; // what it thought before it answered, where it did
  readonly why?: string; // what is malformed about the completion; absent where it holds a query
  readonly finished?: boolean; // false: cut at the token limit
}

/**
 * One query for each problem, and, for a model, what it wrote for each problem. A copy of the list has the queries
 * alone.
 */
export type Queries = readonly string[] & { readonly written?: readonly Written[] };

/** Turns problems into queries, in order: the question as typed, an expert, a model. */
export interface Rewriter {
  readonly name: string;
  /**
   * What its queries depend on besides the problem: its model and its settings. Without it, only the name identifies
   * the system.
   */
  about?(): Facts;
  /** The text that its model is given for a problem. Absent for a system without a model. */
  prompt?(problem: Problem): string;
  /**
   * Problems at once, for a rewriter to which several in one call gain nothing. An evaluation hands it one at a time,
   * so many at once, and keeps each query as it arrives: an outage loses none that has arrived.
   */
  readonly inFlight?: number | undefined;
  /** A query for each problem, in order. Throws SearchUnavailable where a model behind a server is down. */
  rewrite(problems: readonly Problem[], options?: { readonly signal?: AbortSignal | undefined }): Promise<Queries>;
}

/** A value of a result set. Integers past 2^53 are bigints, blobs are bytes. */
export type SqlValue = number | bigint | string | Uint8Array | null;

/** The rows of a result set, one value for each column. Columns are told apart by their place. */
export type SqlRows = readonly (readonly SqlValue[])[];

/** What one statement came to. Failing and not ending are facts about the statement, not exceptions. */
export type SqlResult =
  // a statement that returns nothing has no rows
  | { readonly kind: "rows"; readonly rows: SqlRows; readonly columns?: readonly string[] }
  | { readonly kind: "failed"; readonly message: string } // in the database's own words
  | { readonly kind: "timeout"; readonly seconds: number };

/** Runs SQL on one database, which no statement can change. */
export interface SqlDatabase {
  readonly name: string;
  /** Throws SearchUnavailable where the database itself cannot be opened. */
  execute(sql: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<SqlResult>;
}

/** How texts are turned into vectors. */
export interface EmbedOptions {
  /** many models read a question otherwise than what answers it; "passage" if absent */
  readonly as?: "query" | "passage";
  readonly signal?: AbortSignal | undefined;
}

/** Turns N texts into N vectors, in order: [N·D] float32. An encoder's `embed`, near or far. */
export type Embed = (texts: readonly string[], options?: EmbedOptions) => Promise<Float32Array>;

/** Vectors [N·D] that queries are multiplied with again and again. */
export interface InnerProducts {
  /** `queries` [Q·D] in, their inner products with all vectors out: [Q·N]. */
  of(queries: Float32Array): Promise<Float32Array>;
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

/** What dense retrieval needs of an encoder: a local one, or a server's. */
export interface Embedder {
  readonly name: string;
  readonly embed: Embed;
  /** A fast product, where the encoder has one. Borrows `vectors` [N·D]. */
  readonly products?: (vectors: Float32Array, dimensions: number) => InnerProducts;
}

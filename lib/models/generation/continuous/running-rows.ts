import type { DrawnTokens } from "../../../backend/choose-tokens";
import type { tf } from "../../../backend/tf";
import type { Choosing, DrawnRow } from "../tokens-ahead";

/** A completion that is being generated, as far as its place in a batch is concerned. */
export interface RunningRow extends DrawnRow {
  readonly longest: number; // tokens that prompt and response have at most
  readonly ended: boolean; // it needs no further token: it is complete, or nobody waits for it any more
}

/** Logits [B, V] and the row that each belongs to. The caller owns the logits. */
export interface RowLogits<R> {
  readonly rows: readonly (R | undefined)[]; // [B] undefined where the numbers mean nothing
  readonly logits: tf.Tensor2D;
}

/** The next tokens of rows, drawn one after the other, and the row that each belongs to. */
export interface RowTokens<R> extends DrawnTokens {
  readonly rows: readonly (R | undefined)[]; // [B]
  readonly steps: number; // tokens of each row
}

/**
 * The rows of a generation that goes on without an end: rows join and leave between any two tokens. It owns the caches
 * of keys and values, whose bytes stay below its limit unless a single row needs more.
 */
export interface RunningRows<R extends RunningRow> {
  /** The rows that have not ended. */
  readonly live: readonly R[];
  readonly bytes: number; // of the caches
  /** Whether these rows can join now. Any one row can where no other is live. */
  fits(fresh: readonly R[]): boolean;
  /** Reads the prompts of rows that fit. Returns the logits of their first tokens, in order. */
  admit(fresh: readonly R[]): RowLogits<R>;
  /** Reads the newest token of each live row, of which there must be some. Returns the logits of their next tokens. */
  next(): RowLogits<R>;
  /**
   * Reads the newest token of each live row and draws the next ones, where all are drawn with the same settings and no
   * token changes how the next is chosen. Absent where each token is chosen apart.
   */
  draw?(settings: Choosing): RowTokens<R>;
  /** Forgets all rows and frees the caches. */
  clear(): void;
}

/** How large a batch may become. */
export interface BatchLimits {
  readonly batch: number; // rows at once
  readonly cacheBytes: number;
}

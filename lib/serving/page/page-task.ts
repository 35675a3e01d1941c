import type { Pico } from "../../core/records";

/** A question whose answers are known: the page shows the recall of its searches. */
export interface LabelledQuestion {
  readonly id: string;
  readonly query: string;
  readonly pico?: Pico;
  readonly relevant: readonly string[]; // ids of documents
  readonly maxDate?: string; // "YYYY/MM/DD": nothing published later is searched
}

/** What the page knows of a task beside its name. */
export interface PageTask {
  readonly examples: readonly LabelledQuestion[];
  /** The title of a document, where the engine's documents are at hand. */
  readonly titleOf?: (id: string) => string | undefined;
}

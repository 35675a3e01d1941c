import type { Measures } from "../core/records";
import type { Written } from "../core/roles";

/** What one system found for one problem. */
export interface Result {
  readonly system: string;
  readonly qid: string;
  readonly query: string; // as sent to the engine
  readonly measures: Measures; // empty where there is a failure: nothing was measured
  readonly warnings?: readonly string[]; // what the engine dropped or repaired
  readonly malformed?: boolean; // the system offered no query: nothing was searched, so nothing found
  readonly question?: string; // as typed
  readonly found?: FoundCounts; // what the measures were taken of
  readonly documents?: RelevantDocuments; // where `evaluate` was told to keep them
  readonly written?: Written; // what the system's model wrote; absent for a system without one
  readonly failure?: Failure; // why nothing could be measured; absent where there are measures
}

/** What a query brought. */
export interface FoundCounts {
  readonly hits: number; // returned, at most the task's k
  readonly relevant: number; // of them judged relevant: a grade above 0
  readonly judged: number; // documents judged relevant, found or not
  readonly total: number; // matches before the cut at k
}

/** Ids of the documents judged relevant, by whether the query found them. */
export interface RelevantDocuments {
  readonly found: readonly string[]; // best rank first
  readonly missed: readonly string[];
}

/** Why a question has no measures: an outage or an error of the program. A bad completion is never a failure. */
export interface Failure {
  readonly stage: "rewriting" | "searching";
  readonly name: string; // class of the error: "SearchUnavailable"
  readonly message: string;
}

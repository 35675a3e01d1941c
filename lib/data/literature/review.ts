import type { Pico } from "../../core/records";
import type { Parts } from "./phrasing";
import type { Split } from "./splits";

/** A synthetic systematic review: a question, and the studies that answer it. */
export interface Review {
  readonly id: string;
  readonly split: Split;
  readonly concepts: Parts<string>; // concept ids
  readonly pico: Pico; // the question in parts, as typed
  readonly question: string; // the question as typed, one sentence
  readonly typedTerms: Parts<string>; // the name used for each concept
  readonly unseen: boolean; // P or I is typed by a term that no training question uses
  readonly maxDate: string; // "YYYY/MM/DD", inclusive
  readonly included: readonly string[]; // PMIDs, oldest first
  readonly expert: string; // every name of P, and every name of I
}

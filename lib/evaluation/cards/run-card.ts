import type { Facts } from "../../core/roles";
import type { Environment } from "./environment";

/** The version of the form of run cards that this library writes and reads. */
export const cardVersion = 1;

/** How an evaluation is run again: a notebook, from the project's root, and the parameters it had. */
export interface Recipe {
  readonly notebook: string;
  readonly parameters?: Facts;
}

/**
 * One measure of one system: its mean over the answered questions with the 95 % interval, and the mean over all
 * questions, in which a failure measures 0.
 */
export interface CardMeasure {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly failuresAsZero: number;
}

/** One system of a run card. */
export interface CardSystem {
  readonly system: string;
  readonly about: Facts; // what the system says of itself: model, fingerprint, backend, settings
  readonly queries: number; // questions, failed ones included
  readonly failed: number;
  readonly malformed: number;
  /** of ids and queries, in order: two systems that wrote the same have the same; absent in older cards */
  readonly queriesHash?: string;
  readonly measures: Readonly<Record<string, CardMeasure>>;
}

/** What is needed to decide whether another evaluation is the same one, and how far its numbers agree. */
export interface RunCard {
  readonly kind: "deepretrieval run card";
  readonly version: number; // of this form: `cardVersion`
  readonly date: string; // when the evaluation ended, ISO 8601
  readonly status: "complete" | "incomplete";
  readonly seconds: number;
  readonly task: Facts; // name, cut-off, engine
  readonly data: {
    readonly problems: number;
    readonly problemsHash: string; // of ids, questions, judgments and dates, in order
    readonly promptsHash: string; // of the texts that models are given
  };
  readonly settings: Facts; // limit, seed, failures, …
  readonly metrics: readonly string[];
  readonly environment: Environment;
  readonly systems: readonly CardSystem[];
  readonly recipe?: Recipe;
}

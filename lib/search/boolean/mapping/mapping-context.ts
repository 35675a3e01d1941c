import type { Corpus } from "../corpus";
import type { Plan } from "../plan";
import type { Query } from "../syntax/query";
import type { TermTable } from "../vocabulary/thesaurus";
import type { Notices } from "./notices";

/** What the terms of a query are looked up in, and what takes the warnings. */
export interface MappingContext {
  readonly corpus: Corpus;
  readonly table: TermTable;
  readonly notices: Notices;
  /** A term that occurs nowhere finds nothing. Without it, the term is left out and the rest is searched. */
  readonly strict?: boolean;
  /** The plans of the lines of a search history that are mapped already: several other lines may name one. */
  readonly linePlans?: Map<Query, Plan | undefined>;
}

/** What a query says, before anything is looked up. No position, no index: it survives JSON. */
export type Operator = "AND" | "OR" | "NOT";

export type Query =
  | Term
  | { readonly kind: "range"; readonly from: string; readonly to: string; readonly tag: string } // 2010:2015[dp]
  | { readonly kind: "group"; readonly links: readonly Link[] } // read strictly from left to right, never empty
  | Near
  | SetReference;

/** Words that stand together, under one tag. */
export interface Term {
  readonly kind: "term";
  readonly text: string; // as typed, spaces tidied, quotes and tag removed
  readonly quoted: boolean;
  readonly tag?: string; // what stood between the brackets
  readonly exact?: true; // as Ovid reads it: a phrase that occurs nowhere finds nothing, and ? # $3 are wild cards
}

/** Ovid's `left adj3 right`: at most `within` words between the two, in any order or in this one. */
export interface Near {
  readonly kind: "near";
  readonly left: Query;
  readonly right: Query;
  readonly within: number;
  readonly ordered: boolean;
}

/** A line of a search history, where another line names it. What it finds is fixed there: if nothing, then nothing. */
export interface SetReference {
  readonly kind: "set";
  readonly number: number; // as printed
  readonly query?: Query; // absent: the line is missing or could not be read, and is left out
}

/** One operand and how it joins what stands to its left. The first link of a group says AND, or NOT where the group began so. */
export interface Link {
  readonly operator: Operator;
  readonly query: Query;
}

/** A query as read, with what had to be repaired to read it. */
export interface Parsed {
  readonly query?: Query; // absent: nothing to search for
  readonly warnings: readonly string[];
}

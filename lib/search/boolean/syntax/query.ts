/** A query as it was parsed, before anything is looked up. It holds no positions and no index, and survives JSON. */
export type Operator = "AND" | "OR" | "NOT";

export type Query =
  | Term
  | { readonly kind: "range"; readonly from: string; readonly to: string; readonly tag: string } // 2010:2015[dp]
  | { readonly kind: "group"; readonly links: readonly Link[] } // joined from left to right; never empty
  | Near
  | SetReference;

/** Words that stand together under one tag. */
export interface Term {
  readonly kind: "term";
  readonly text: string; // the words without quotes and tag, with single spaces
  readonly quoted: boolean;
  readonly tag?: string; // the text between the brackets
  readonly exact?: true; // read by Ovid's rules: a phrase that occurs nowhere finds nothing, and ? # $3 are wild cards
}

/** Ovid's `left adj3 right`: at most `within` words stand between the two sides, in any order, or in this order. */
export interface Near {
  readonly kind: "near";
  readonly left: Query;
  readonly right: Query;
  readonly within: number;
  readonly ordered: boolean;
}

/** A reference to a line of a search history. A line that finds nothing makes the reference find nothing. */
export interface SetReference {
  readonly kind: "set";
  readonly number: number; // the line's number as printed
  readonly query?: Query; // absent for a line that is missing or cannot be read; the reference is then left out
}

/**
 * One operand, with the operator that joins it to its left. The first link of a group holds AND, or NOT where the group
 * began with NOT.
 */
export interface Link {
  readonly operator: Operator;
  readonly query: Query;
}

/** A parsed query, with warnings about what was repaired. */
export interface Parsed {
  readonly query?: Query; // absent where nothing is left to search for
  readonly warnings: readonly string[];
}

/** What a query says, before anything is looked up. No position, no index: it survives JSON. */
export type Operator = "AND" | "OR" | "NOT";

export type Query =
  | Term
  | { readonly kind: "range"; readonly from: string; readonly to: string; readonly tag: string } // 2010:2015[dp]
  | { readonly kind: "group"; readonly links: readonly Link[] }; // read strictly from left to right, never empty

/** Words that stand together, under one tag. */
export interface Term {
  readonly kind: "term";
  readonly text: string; // as typed, spaces tidied, quotes and tag removed
  readonly quoted: boolean;
  readonly tag?: string; // what stood between the brackets
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

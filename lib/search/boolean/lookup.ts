import type { NamedTable } from "./syntax/fields";

/**
 * One look-up in the index. `shown` is its text in the query translation, and `parts` are bits of `part` (fields.ts).
 */
export type Lookup = { readonly shown: string } & (
  | WordsLookup
  | NearLookup
  | BesideLookup
  | NameLookup
  | DatesLookup
  | { readonly kind: "all" | "hasAbstract" }
);

/** Words side by side. A word may end in * for truncation, or hold wild cards (wild-cards.ts). */
interface WordsLookup {
  readonly kind: "words";
  readonly words: readonly string[];
  readonly parts: number;
}

/** Words in any order, with at most `within` other words among them. */
interface NearLookup {
  readonly kind: "near";
  readonly words: readonly string[];
  readonly parts: number;
  readonly within: number;
}

/** Ovid's adjacency. */
interface BesideLookup {
  readonly kind: "beside";
  readonly place: Beside;
}

/** A whole name. A name that ends in * stands for all names that begin so. */
interface NameLookup {
  readonly kind: "name";
  readonly table: "mesh" | "major" | NamedTable;
  readonly name: string;
}

/** Days from `first` to `last`, both included, as YYYYMMDD. */
interface DatesLookup {
  readonly kind: "dates";
  readonly first: number;
  readonly last: number;
}

/** A place in the text of a record: words side by side, one of several places, or two places near each other. */
export type Place =
  | { readonly kind: "phrase"; readonly words: readonly string[]; readonly parts: number }
  | { readonly kind: "any"; readonly of: readonly Place[] }
  | Beside;

/**
 * Two places in one part with at most `within` words between them: in any order, or, if `ordered`, the left one first.
 */
export interface Beside {
  readonly kind: "beside";
  readonly left: Place;
  readonly right: Place;
  readonly within: number;
  readonly ordered: boolean;
}

/** The key of a look-up. Two look-ups have one key exactly if they ask for the same. */
export function keyOf(lookup: Lookup): string {
  switch (lookup.kind) {
    case "words":
      return `w${lookup.parts}:${lookup.words.join(" ")}`;
    case "near":
      return `~${lookup.parts},${lookup.within}:${lookup.words.join(" ")}`;
    case "beside":
      return `b:${JSON.stringify(lookup.place)}`;
    case "name":
      return `${lookup.table}:${lookup.name}`;
    case "dates":
      return `d:${lookup.first}:${lookup.last}`;
    default:
      return lookup.kind;
  }
}

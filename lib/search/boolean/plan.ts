import type { NamedTable } from "./syntax/fields";
import type { Beside } from "./postings/place";
import type { Operator } from "./syntax/query";

/** A query made ready to run: every term mapped to what is really looked up. Plain records, so a plan can be printed and compared. */
export type Plan = Lookup | { readonly kind: "group"; readonly links: readonly PlanLink[]; readonly shared?: true }; // shared: several groups may hold it

export interface PlanLink {
  readonly operator: Operator; // of the first link AND, or NOT: everything but
  readonly plan: Plan;
}

/** One look-up in the index. `shown` is how the query translation prints it. */
export type Lookup =
  | { readonly kind: "words"; readonly words: readonly string[]; readonly parts: number; readonly shown: string } // side by side; a * at a word's end truncates
  | {
      readonly kind: "near";
      readonly words: readonly string[];
      readonly parts: number;
      readonly within: number;
      readonly shown: string;
    } // any order
  | { readonly kind: "beside"; readonly place: Beside; readonly shown: string } // Ovid's adjacency
  | {
      readonly kind: "name";
      readonly table: "mesh" | "major" | NamedTable;
      readonly name: string;
      readonly shown: string;
    }
  | { readonly kind: "dates"; readonly first: number; readonly last: number; readonly shown: string } // YYYYMMDD, inclusive
  | { readonly kind: "all" | "hasAbstract"; readonly shown: string };

/** Joins plans with one operator. One plan is itself; none is undefined. */
export function joined(operator: "AND" | "OR", plans: readonly Plan[]): Plan | undefined {
  return plans.length < 2
    ? plans[0]
    : { kind: "group", links: plans.map((plan, i) => ({ operator: i === 0 ? "AND" : operator, plan })) };
}

const longest = 1_000_000; // characters of a translation: a history whose lines name each other again and again could fill the memory

/** The translation as PubMed prints it: `"aspirin"[MeSH Terms] OR "aspirin"[All Fields]`, parentheses around inner groups. A very long one ends in …. */
export function translation(plan: Plan): string {
  const pieces: string[] = [];
  let length = 0;
  const write = (text: string): void => void (pieces.push(text), (length += text.length));
  const print = (part: Plan, inner: boolean): void => {
    if (length > longest) return;
    if (part.kind !== "group") return write(part.shown);
    if (inner) write("(");
    for (const [i, { operator, plan: operand }] of part.links.entries()) {
      if (length > longest) return;
      write(i > 0 ? ` ${operator} ` : operator === "NOT" ? "NOT " : "");
      print(operand, true);
    }
    if (inner) write(")");
  };
  print(plan, false);
  return length > longest ? `${pieces.join("")}…` : pieces.join("");
}

/** A text that is the same for two look-ups exactly if they find the same for the same reason. */
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

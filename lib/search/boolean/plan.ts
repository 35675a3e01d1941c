import type { Lookup } from "./lookup";
import type { Operator } from "./syntax/query";

/**
 * A query that is ready to run: each term is mapped to a look-up. Plans are plain records, to be printed and compared.
 */
export type Plan = Lookup | PlanGroup;

/** Plans that are joined from left to right. */
export interface PlanGroup {
  readonly kind: "group";
  readonly links: readonly PlanLink[];
  readonly shared?: true; // several groups may hold this one
}

/** One operand of a group. The first link holds AND, or NOT where the group stands for everything but the operand. */
export interface PlanLink {
  readonly operator: Operator;
  readonly plan: Plan;
}

/** Joins plans with one operator. A single plan is returned as it is; without any plan the result is undefined. */
export function joined(operator: "AND" | "OR", plans: readonly Plan[]): Plan | undefined {
  return plans.length < 2
    ? plans[0]
    : { kind: "group", links: plans.map((plan, i) => ({ operator: i === 0 ? "AND" : operator, plan })) };
}

// Characters of a translation. The lines of a history may name each other so often that it would fill the memory.
const longest = 1_000_000;

/**
 * The translation of a query as PubMed prints it: `"aspirin"[MeSH Terms] OR "aspirin"[All Fields]`. Inner groups stand
 * in parentheses. A translation of more than a million characters is cut, and ends in "…".
 */
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

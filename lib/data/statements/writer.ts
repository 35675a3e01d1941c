import type { Random } from "../../core/random";
import { sqlOf, type StatementQuestion } from "./questions";

const heeds = 0.45; // the share of its conditions, and of orders and groups, that a careless writer heeds

/** A statement as a careless writer makes it: the thought has every condition, and the statement mostly drops them. */
export function writeStatement(
  { statement }: StatementQuestion,
  rng: Random,
): { readonly think: string; readonly query: string } {
  const { select, from, where, end, careless } = statement;
  const kept = where.filter(() => rng.next() < heeds);
  const overlooks = end !== "" && rng.next() >= heeds;
  const written = overlooks ? { select: careless, from, where: kept, end: "" } : { select, from, where: kept, end };
  return { think: ` ${[...where.map(({ sql }) => sql), ...(end ? [end] : [])].join("; ")}`, query: sqlOf(written) };
}

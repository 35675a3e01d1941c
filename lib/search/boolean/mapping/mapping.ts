import { nearQuery } from "./adjacency";
import { decidable } from "./decidable";
import { exactTerm } from "./exact-terms";
import { allFields, fieldOf, type Field } from "../syntax/fields";
import type { MappingContext } from "./mapping-context";
import { Notices } from "./notices";
import { parse } from "../syntax/parser";
import type { Lookup } from "../lookup";
import { joined, type Plan, type PlanLink } from "../plan";
import { pmidList } from "../syntax/pmid-list";
import { subset } from "../syntax/subsets";
import type { Query, SetReference, Term } from "../syntax/query";
import { dateTerm, meshTerm, nameTerm, rangeTerm } from "./tagged-terms";
import { nearTerm, phraseTerm } from "./text-terms";
import { termMapping } from "./term-mapping";

/**
 * The plan of a parsed query: what is looked up for each of its terms. Undefined when no part of it can be searched.
 *
 * A term that occurs nowhere is dropped with a warning, and the rest is searched, as PubMed does: `cancer AND aswfgh`
 * finds what `cancer` finds. A quoted phrase that occurs nowhere is searched as its words. In a line of Ovid's, such
 * terms and phrases find nothing.
 *
 * @param outermost whether the query stands in no other one: only then does a NOT at its beginning have nothing on its
 *   left
 */
export function mapped(query: Query, context: MappingContext, outermost = true): Plan | undefined {
  if (!context.linePlans) return mapped(query, { ...context, linePlans: new Map() }, outermost);
  if (query.kind === "term") return term(query, context);
  if (query.kind === "range") return rangeTerm(query, fieldOf(query.tag), context);
  if (query.kind === "near") return nearQuery(query, context, (side) => mapped(side, context, false));
  if (query.kind === "set") return setPlan(query, context);
  const links: PlanLink[] = [];
  for (const [i, { operator, query: part }] of query.links.entries()) {
    if (i === 0 && operator === "NOT" && outermost) {
      context.notices.warn("improper beginning of expression: NOT has nothing on its left to take from");
      continue;
    }
    const taken =
      operator === "NOT" && (part.kind === "group" || part.kind === "set")
        ? decidable(part, (term) => leftOut(term, context))
        : part;
    if (!taken && !(part.kind === "set" && !part.query))
      context.notices.warn("what NOT takes away depends on a field that is not in this corpus: it takes nothing away");
    const plan = taken && (mapped(taken, context, false) ?? (context.strict ? nothing(part) : undefined));
    if (!plan) continue;
    if (links.length) links.push({ operator, plan });
    else if (operator !== "NOT" || i === 0) links.push({ operator: operator === "NOT" ? "NOT" : "AND", plan });
    // else: everything on the left of this NOT was dropped, so there is nothing to take from
  }
  const [first] = links;
  return links.length === 1 && first!.operator !== "NOT" ? first!.plan : first && { kind: "group", links };
}

/**
 * The plan of a line of a search history. A line with a term that was looked for and not found finds nothing. A line of
 * which every term was left out is left out too.
 */
function setPlan({ query }: SetReference, context: MappingContext): Plan | undefined {
  if (!query) return undefined;
  const plans = context.linePlans!;
  if (!plans.has(query)) {
    const before = context.notices.missing;
    const plan = mapped(query, context, false);
    plans.set(
      query,
      plan?.kind === "group"
        ? { ...plan, shared: true }
        : (plan ?? (context.notices.missing > before ? nothing(query) : undefined)),
    );
  }
  return plans.get(query);
}

function term(typed: Term, context: MappingContext): Plan | undefined {
  if (typed.exact) return exact(typed, context);
  if (typed.text.toLowerCase() === "hasabstract") return { kind: "hasAbstract", shown: "hasabstract" };
  if (typed.tag === undefined) return untagged(typed, context);
  const [, name, within] = /^(.*?):\s*~\s*(\d{1,4})$/.exec(typed.tag) ?? [];
  const field = fieldOf(name ?? typed.tag);
  if (!field) {
    context.notices.warn(`field not found: [${typed.tag}]; ${typed.text} was searched without it`);
    return untagged(typed, context);
  }
  // [all] is mapped like a term without a tag
  if (field === allFields && within === undefined) return untagged(typed, context);
  if (within !== undefined && field.kind === "text") return nearTerm(typed.text, field, Number(within), context);
  return inField(typed, field, context);
}

/** A term of Ovid's always has a field. Where it occurs nowhere, it finds nothing. */
function exact(typed: Term, context: MappingContext): Plan | undefined {
  const field = fieldOf(typed.tag ?? "all") ?? allFields;
  if (field.kind === "text") return exactTerm(typed.text, field, context);
  return (
    inField(typed, field, context) ?? (field.kind === "mesh" || field.kind === "name" ? nothing(typed) : undefined)
  );
}

function inField(typed: Term, field: Field, context: MappingContext): Plan | undefined {
  switch (field.kind) {
    case "text":
      return phraseTerm(typed, field, context);
    case "mesh":
      return meshTerm(typed.text, field, context);
    case "name":
      return nameTerm(typed, field, context);
    case "date":
      return dateTerm(typed.text, field, context);
    case "filter":
      return filterTerm(typed, context) ?? leftOut(typed, context);
    case "absent":
      return leftOut(typed, context);
  }
}

const leftOut = (left: Extract<Query, { kind: "term" | "range" }>, { notices }: MappingContext): undefined =>
  void notices.warn(
    `field not in this corpus: [${left.tag}]; ` +
      `${left.kind === "term" ? left.text : `${left.from}:${left.to}`} was left out`,
  );

/**
 * The plan of a filter, `all[sb]`, `humans[filter]` or `therapy/narrow[filter]`: the query that it stands for.
 * Undefined for a filter that asks for something that our records do not hold.
 */
function filterTerm({ text }: Term, context: MappingContext): Plan | undefined {
  const query = subset(text);
  if (query === undefined) return undefined;
  if (query === "everything") return { kind: "all", shown: "all[Filter]" };
  const parsed = parse(query).query!;
  const unseen = new Notices(); // the user did not write the terms of this query
  return mapped(parsed, { ...context, notices: unseen, strict: true }, false) ?? nothing(parsed);
}

/** A look-up that finds no record. */
const nothing = (query: Query): Lookup => ({
  kind: "words",
  words: [],
  parts: allFields.parts,
  shown: query.kind === "term" ? `${query.text}${query.tag === undefined ? "" : `[${query.tag}]`}` : "nothing",
});

/**
 * A term without a tag. A text of numbers alone is read as PMIDs. Quotes turn automatic term mapping off if the phrase
 * occurs.
 */
function untagged(typed: Term, context: MappingContext): Plan | undefined {
  const { corpus, notices } = context;
  const isPmid = (id: string): boolean => corpus.numberOf(id) !== undefined;
  const isWord = (word: string): boolean =>
    corpus.occurs({ kind: "words", words: [word], parts: allFields.parts, shown: word });
  const ids = typed.tag === undefined || !typed.quoted ? pmidList(typed.text, isPmid, isWord) : undefined;
  if (ids) {
    for (const id of ids) if (!isPmid(id)) notices.notFound(id, "PMID");
    return joined(
      "OR",
      ids.filter(isPmid).map((id): Lookup => ({ kind: "name", table: "pmid", name: id, shown: `${id}[PMID]` })),
    );
  }
  if (!typed.quoted) return termMapping(typed.text, context);
  return phraseTerm(typed, allFields, context, () => termMapping(typed.text, context));
}

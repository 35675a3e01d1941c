import { nearQuery } from "./adjacency";
import type { Corpus } from "../corpus";
import { decidable } from "./decidable";
import { exactTerm } from "./exact-terms";
import { allFields, fieldOf, type Field } from "../syntax/fields";
import { Notices } from "./notices";
import { parse } from "../syntax/parser";
import { joined, type Lookup, type Plan, type PlanLink } from "../plan";
import { pmidList } from "../syntax/pmid-list";
import { subset } from "../syntax/subsets";
import type { Query, SetReference, Term } from "../syntax/query";
import { dateTerm, meshTerm, nameTerm, rangeTerm } from "./tagged-terms";
import { nearTerm, phraseTerm } from "./text-terms";
import { termMapping } from "./term-mapping";
import type { TermTable } from "../vocabulary/thesaurus";

/** What mapping looks things up in, and whom it tells. */
export interface Mapping {
  readonly corpus: Corpus;
  readonly table: TermTable;
  readonly notices: Notices;
  readonly strict?: boolean; // a term that occurs nowhere finds nothing, instead of being left out
  readonly made?: Map<Query, Plan | undefined>; // of lines of a history, which several others may name
}

/**
 * Maps a query as read to what is looked up for it. Undefined when nothing of it can be searched.
 *
 * A term that occurs nowhere is dropped, with a warning, and the rest is searched, as PubMed does: `cancer AND aswfgh`
 * finds what `cancer` finds. A quoted phrase that occurs nowhere is searched as its words. In what was read as Ovid's, such terms and
 * phrases find nothing.
 */
export function mapped(query: Query, mapping: Mapping, outermost = true): Plan | undefined {
  if (!mapping.made) return mapped(query, { ...mapping, made: new Map() }, outermost);
  if (query.kind === "term") return term(query, mapping);
  if (query.kind === "range") return rangeTerm(query, fieldOf(query.tag), mapping);
  if (query.kind === "near") return nearQuery(query, mapping);
  if (query.kind === "set") return setPlan(query, mapping);
  const links: PlanLink[] = [];
  for (const [i, { operator, query: part }] of query.links.entries()) {
    if (i === 0 && operator === "NOT" && outermost) {
      mapping.notices.warn("improper beginning of expression: NOT has nothing on its left to take from");
      continue;
    }
    const taken =
      operator === "NOT" && (part.kind === "group" || part.kind === "set")
        ? decidable(part, (term) => leftOut(term, mapping))
        : part;
    if (!taken && !(part.kind === "set" && !part.query))
      mapping.notices.warn("what NOT takes away depends on a field that is not in this corpus: it takes nothing away");
    const plan = taken && (mapped(taken, mapping, false) ?? (mapping.strict ? nothing(part) : undefined));
    if (!plan) continue;
    if (links.length) links.push({ operator, plan });
    else if (operator !== "NOT" || i === 0) links.push({ operator: operator === "NOT" ? "NOT" : "AND", plan });
    // else: what stood left of this NOT was dropped, so there is nothing to take from
  }
  const [first] = links;
  return links.length === 1 && first!.operator !== "NOT" ? first!.plan : first && { kind: "group", links };
}

/** A line of a history. Where something was looked for in it and not found, it finds nothing; where all of it was left out, it is left out too. */
function setPlan({ query }: SetReference, mapping: Mapping): Plan | undefined {
  if (!query) return undefined;
  const made = mapping.made!;
  if (!made.has(query)) {
    const before = mapping.notices.missing;
    const plan = mapped(query, mapping, false);
    made.set(
      query,
      plan?.kind === "group"
        ? { ...plan, shared: true }
        : (plan ?? (mapping.notices.missing > before ? nothing(query) : undefined)),
    );
  }
  return made.get(query);
}

function term(typed: Term, mapping: Mapping): Plan | undefined {
  if (typed.exact) return exact(typed, mapping);
  if (typed.text.toLowerCase() === "hasabstract") return { kind: "hasAbstract", shown: "hasabstract" };
  if (typed.tag === undefined) return untagged(typed, mapping);
  const [, name, within] = /^(.*?):\s*~\s*(\d{1,4})$/.exec(typed.tag) ?? [];
  const field = fieldOf(name ?? typed.tag);
  if (!field) {
    mapping.notices.warn(`field not found: [${typed.tag}]; ${typed.text} was searched without it`);
    return untagged(typed, mapping);
  }
  if (field === allFields && within === undefined) return untagged(typed, mapping); // [all] is mapped as what has no tag
  if (within !== undefined && field.kind === "text") return nearTerm(typed.text, field, Number(within), mapping);
  return inField(typed, field, mapping);
}

/** A term of Ovid's: it always has a field, and finds nothing where it occurs nowhere. */
function exact(typed: Term, mapping: Mapping): Plan | undefined {
  const field = fieldOf(typed.tag ?? "all") ?? allFields;
  if (field.kind === "text") return exactTerm(typed.text, field, mapping);
  return (
    inField(typed, field, mapping) ?? (field.kind === "mesh" || field.kind === "name" ? nothing(typed) : undefined)
  );
}

function inField(typed: Term, field: Field, mapping: Mapping): Plan | undefined {
  switch (field.kind) {
    case "text":
      return phraseTerm(typed, field, mapping);
    case "mesh":
      return meshTerm(typed.text, field, mapping);
    case "name":
      return nameTerm(typed, field, mapping);
    case "date":
      return dateTerm(typed.text, field, mapping);
    case "filter":
      return filterTerm(typed, mapping) ?? leftOut(typed, mapping);
    case "absent":
      return leftOut(typed, mapping);
  }
}

const leftOut = (left: Extract<Query, { kind: "term" | "range" }>, { notices }: Mapping): undefined =>
  void notices.warn(
    `field not in this corpus: [${left.tag}]; ${left.kind === "term" ? left.text : `${left.from}:${left.to}`} was left out`,
  );

/** `all[sb]`, `humans[filter]`, `therapy/narrow[filter]`: what the filter stands for. Undefined for one that our records cannot tell. */
function filterTerm({ text }: Term, mapping: Mapping): Plan | undefined {
  const query = subset(text);
  if (query === undefined) return undefined;
  if (query === "everything") return { kind: "all", shown: "all[Filter]" };
  const parsed = parse(query).query!;
  return mapped(parsed, { ...mapping, notices: new Notices(), strict: true }, false) ?? nothing(parsed); // its words are not the caller's to be told of
}

/** A term that holds for no record. */
const nothing = (query: Query): Lookup => ({
  kind: "words",
  words: [],
  parts: allFields.parts,
  shown: query.kind === "term" ? `${query.text}${query.tag === undefined ? "" : `[${query.tag}]`}` : "nothing",
});

/** Quotes turn automatic term mapping off, unless the phrase occurs nowhere. Numbers alone are PMIDs. */
function untagged(typed: Term, mapping: Mapping): Plan | undefined {
  const { corpus, notices } = mapping;
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
  if (!typed.quoted) return termMapping(typed.text, mapping);
  return phraseTerm(typed, allFields, mapping, () => termMapping(typed.text, mapping));
}

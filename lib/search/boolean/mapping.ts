import type { Corpus } from "./corpus";
import { allFields, fieldOf, type Field } from "./fields";
import type { Notices } from "./notices";
import type { Plan, PlanLink } from "./plan";
import type { Query, Term } from "./syntax";
import { dateTerm, meshTerm, nameTerm, rangeTerm } from "./tagged";
import { nearTerm, phraseTerm } from "./text";
import { termMapping } from "./term-mapping";
import type { TermTable } from "./thesaurus";

/** What mapping looks things up in, and whom it tells. */
export interface Mapping {
  readonly corpus: Corpus;
  readonly table: TermTable;
  readonly notices: Notices;
}

/**
 * Maps a query as read to what is looked up for it. Undefined when nothing of it can be searched.
 *
 * A term that occurs nowhere is dropped, with a warning, and the rest is searched, as PubMed does: `cancer AND aswfgh`
 * finds what `cancer` finds. A quoted phrase that occurs nowhere is searched as its words.
 */
export function mapped(query: Query, mapping: Mapping, outermost = true): Plan | undefined {
  if (query.kind === "term") return term(query, mapping);
  if (query.kind === "range") return rangeTerm(query, fieldOf(query.tag), mapping);
  const links: PlanLink[] = [];
  for (const [i, { operator, query: part }] of query.links.entries()) {
    if (i === 0 && operator === "NOT" && outermost) {
      mapping.notices.warn("improper beginning of expression: NOT has nothing on its left to take from");
      continue;
    }
    const plan = mapped(part, mapping, false);
    if (!plan) continue;
    if (links.length) links.push({ operator, plan });
    else if (operator !== "NOT" || i === 0) links.push({ operator: operator === "NOT" ? "NOT" : "AND", plan });
    // else: what stood left of this NOT was dropped, so there is nothing to take from
  }
  const [first] = links;
  return links.length === 1 && first!.operator !== "NOT" ? first!.plan : first && { kind: "group", links };
}

function term(typed: Term, mapping: Mapping): Plan | undefined {
  if (typed.text.toLowerCase() === "hasabstract") return { kind: "hasAbstract", shown: "hasabstract" };
  if (typed.tag === undefined) return untagged(typed, mapping);
  const [, name, within] = /^(.*?):\s*~\s*(\d{1,4})$/.exec(typed.tag) ?? [];
  const field = fieldOf(name ?? typed.tag);
  if (!field) {
    mapping.notices.warn(`field not found: [${typed.tag}]; ${typed.text} was searched without it`);
    return untagged(typed, mapping);
  }
  if (within !== undefined && field.kind === "text") return nearTerm(typed.text, field, Number(within), mapping);
  return inField(typed, field, mapping);
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
    case "absent":
      mapping.notices.warn(`field not in this corpus: [${field.name}]; ${typed.text} was left out`);
      return undefined;
  }
}

/** Quotes turn automatic term mapping off, unless the phrase occurs nowhere. */
function untagged(typed: Term, mapping: Mapping): Plan | undefined {
  if (!typed.quoted) return termMapping(typed.text, mapping);
  return phraseTerm(typed, allFields, mapping, () => termMapping(typed.text, mapping));
}

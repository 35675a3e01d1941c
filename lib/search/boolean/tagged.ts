import { dayText, days } from "./dates";
import { part, type Field } from "./fields";
import type { Mapping } from "./mapping";
import { authorKey, headingKey } from "./names";
import { joined, type Lookup, type Plan } from "./plan";
import { normal } from "./words";

/** Types that PubMed includes when the broader one is asked for: trials of every kind are clinical trials. */
const narrowerTypes: Readonly<Record<string, readonly string[]>> = {
  "clinical trial": [
    "randomized controlled trial", "controlled clinical trial", "pragmatic clinical trial", "equivalence trial", "adaptive clinical trial",
    "clinical trial phase i", "clinical trial phase ii", "clinical trial phase iii", "clinical trial phase iv",
  ],
  "controlled clinical trial": ["randomized controlled trial"],
  "randomized controlled trial": ["equivalence trial", "pragmatic clinical trial"],
  review: ["systematic review"],
};

/**
 * `heart attack[mh]`: the heading, or the heading an entry term leads to. `heart diseases/diagnosis[mh]` asks for the qualifier too.
 * Our records carry no tree, so a heading is never exploded to narrower ones: [mh] and [mh:noexp] are the same.
 */
export function meshTerm(text: string, field: Extract<Field, { kind: "mesh" }>, { corpus, table, notices }: Mapping): Plan | undefined {
  const asked = headingKey(text);
  const name = text.trimEnd().endsWith("*") ? `${asked}*` : table.headings.get(asked) ?? asked;
  const lookup: Lookup = { kind: "name", table: field.major ? "major" : "mesh", name, shown: `"${name}"[${field.name}]` };
  if (corpus.occurs(lookup) || table.headings.has(asked)) return lookup; // a heading that exists may well have no records
  return void notices.notFound(text, field.name);
}

/** Fields that are searched by their whole entry: publication types, journals, authors, subheadings, PMIDs. */
export function nameTerm({ text, quoted }: { readonly text: string; readonly quoted: boolean }, { table, name: fieldName }: Extract<Field, { kind: "name" }>, { corpus, notices }: Mapping): Plan | undefined {
  const star = text.trimEnd().endsWith("*");
  const key = table === "author" ? authorKey(text.replace(/\*/g, "")) : normal(text);
  const lookup = (name: string): Lookup => ({ kind: "name", table, name, shown: `${name}[${fieldName}]` });
  const found = (lookups: readonly Lookup[]): Plan | undefined => joined("OR", lookups.filter((each) => corpus.occurs(each)));
  const plan =
    table === "author" ? found(quoted ? [lookup(key)] : key.includes(" ") ? [lookup(`${key}*`)] : [lookup(key), lookup(`${key} *`)]) // unquoted initials are truncated
    : table === "type" ? found([key, ...(narrowerTypes[key] ?? [])].map((type) => lookup(star ? `${type}*` : type)))
    : found([lookup(star ? `${key}*` : key)]);
  if (plan) return plan;
  const words: Lookup = { kind: "words", words: key.split(" "), parts: part.journal, shown: `"${key}"[${fieldName}]` };
  if (table === "journal" && corpus.occurs(words)) return words; // a part of a journal's name
  return void notices.notFound(text, fieldName);
}

/** `2010[dp]`, `2010/05/01[dp]`: the days it covers. */
export function dateTerm(text: string, field: Extract<Field, { kind: "date" }>, mapping: Mapping): Plan | undefined {
  return rangeTerm({ from: text, to: text }, field, mapping);
}

/** `2010:2015[dp]`, both ends included; the first day of `from` to the last of `to`. */
export function rangeTerm({ from, to }: { readonly from: string; readonly to: string }, field: Field | undefined, { notices }: Mapping): Plan | undefined {
  const range = from === to ? from : `${from}:${to}`;
  if (field?.kind !== "date") return void notices.warn(`only dates have ranges: ${range} was left out; write ${range}[dp]`);
  const [first, last] = [days(from.replace(/\*/g, "")), days(to.replace(/\*/g, ""))];
  if (!first || !last) return void notices.warn(`not a date: ${range}[${field.name}] was left out; write YYYY/MM/DD`);
  if (field.name !== "Date - Publication") notices.warn(`field not in this corpus: [${field.name}]; ${range} was searched as the date of publication`);
  return { kind: "dates", first: first.first, last: last.last, shown: `${dayText(first.first)}:${dayText(last.last)}[Date - Publication]` };
}

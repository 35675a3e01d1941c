import { authorReadings, isCollective } from "../vocabulary/authors";
import { dayText, days } from "../syntax/dates";
import { part, type Field, type NamedTable } from "../syntax/fields";
import { askedHeading } from "../vocabulary/headings";
import { abbreviations, journalKey, journalKeys } from "../vocabulary/journals";
import type { MappingContext } from "./mapping-context";
import type { Lookup } from "../lookup";
import { joined, type Plan } from "../plan";
import { typeKeys } from "../vocabulary/publication-types";
import { qualifierKey, withNarrower } from "../vocabulary/qualifiers";
import { normal } from "../text/words";

type MeshField = Extract<Field, { kind: "mesh" }>;
type NameField = Extract<Field, { kind: "name" }>;

interface Asked {
  readonly text: string;
  readonly quoted: boolean;
}

const endsInStar = (text: string): boolean => text.trimEnd().endsWith("*");

/**
 * The plan of `heart attack[mh]`: the heading of this name, or the heading that this entry term leads to.
 *
 * `heart diseases/diagnosis[mh]` and `heart diseases/di[mh]` ask for a qualifier too. Several qualifiers stand with
 * commas, and a record needs one of them. A broad qualifier includes its narrower ones; `[mh:noexp]` turns that off.
 * The records hold no tree of headings, so a heading is never exploded to narrower headings.
 */
export function meshTerm(text: string, field: MeshField, context: MappingContext): Plan | undefined {
  const { corpus, table, notices } = context;
  const { name, qualifiers, known } = askedHeading(text);
  const asked = normal(name);
  const heading = table.headings.get(asked) ?? asked;
  const lookup = (key: string, noexp = !field.exploded): Lookup => ({
    kind: "name",
    table: field.major ? "major" : "mesh",
    name: key,
    shown: `"${key}"[${field.name}${noexp ? ":noexp" : ""}]`,
  });
  const lookups = qualifiers.length
    ? qualifiers.flatMap((qualifier) =>
        wider(qualifier, field).map((each) =>
          lookup(`${heading} / ${each}`, !field.exploded || withNarrower(each).length > 1),
        ),
      )
    : [lookup(endsInStar(text) ? `${asked}${/\s\*\s*$/.test(text) ? " " : ""}*` : heading)];
  const found = lookups.filter((each) => corpus.occurs(each));
  if (found.length) return joined("OR", found);
  if (table.headings.has(asked) && known) return lookups[0]; // the heading exists, but no record has it
  return void notices.notFound(text, field.name);
}

const wider = (qualifier: string, { exploded }: { readonly exploded: boolean }): readonly string[] =>
  exploded ? withNarrower(qualifier) : [qualifier];

/**
 * The plan of a term in a field that is searched by its whole entry: publication type, journal, author, subheading or
 * PMID.
 */
export function nameTerm(asked: Asked, field: NameField, context: MappingContext): Plan | undefined {
  return readers[field.table](asked, field, context) ?? void context.notices.notFound(asked.text, field.name);
}

const lookupIn =
  ({ table, name: fieldName, exploded }: NameField) =>
  (name: string, noexp = !exploded): Lookup => ({
    kind: "name",
    table,
    name,
    shown: `${name}[${fieldName}${noexp ? ":noexp" : ""}]`,
  });

const anyOf = (lookups: readonly Lookup[], { corpus }: MappingContext): Plan | undefined =>
  joined(
    "OR",
    lookups.filter((each) => corpus.occurs(each)),
  );

const readers: Readonly<
  Record<NamedTable, (asked: Asked, field: NameField, context: MappingContext) => Plan | undefined>
> = {
  type: withNarrowerNames((text) => normal(text), typeKeys),
  subheading: withNarrowerNames(qualifierKey, (key, exploded) => (exploded ? withNarrower(key) : [key])),
  author: authorTerm,
  firstAuthor: authorTerm,
  lastAuthor: authorTerm,
  collective: collectiveTerm,
  journal: journalTerm,
  pmid: ({ text }, field, context) =>
    anyOf(
      text.split(/[\s,;]+/).map((id) => lookupIn(field)(id.replace(/\*/g, "").toLowerCase())),
      context,
    ),
};

/** A reader for a field whose names include narrower names: publication types and subheadings. */
function withNarrowerNames(
  keyOf: (text: string) => string,
  keysOf: (key: string, exploded: boolean) => readonly string[],
) {
  return ({ text }: Asked, field: NameField, context: MappingContext): Plan | undefined => {
    const lookup = lookupIn(field);
    if (endsInStar(text)) return anyOf([lookup(`${keyOf(text)}*`)], context);
    return anyOf(
      keysOf(keyOf(text), field.exploded).map((each) => lookup(each, !field.exploded || keysOf(each, true).length > 1)),
      context,
    );
  };
}

/**
 * The plan of an author. Initials without quotes match the beginning of the initials: `vollmer cm` finds "Vollmer CM
 * Jr".
 */
function authorTerm({ text, quoted }: Asked, field: NameField, context: MappingContext): Plan | undefined {
  const lookup = lookupIn(field);
  const open = (key: string): Lookup[] =>
    quoted ? [lookup(key)] : key.includes(" ") ? [lookup(`${key}*`)] : [lookup(key), lookup(`${key} *`)];
  if (endsInStar(text))
    return anyOf(
      [lookup(`${authorReadings(text.replace(/\*/g, "")).at(-1)!.at(-1)!}${/\s\*\s*$/.test(text) ? " " : ""}*`)],
      context,
    );
  for (const reading of authorReadings(text)) {
    const plan = anyOf(reading.flatMap(open), context);
    if (plan) return plan;
  }
  return isCollective(text) ? collectiveTerm({ text, quoted }, field, context) : undefined;
}

/** The plan of a group of authors: its whole name, or words of it that stand side by side. */
function collectiveTerm({ text }: Asked, field: NameField, context: MappingContext): Plan | undefined {
  const key = normal(text);
  const group = anyOf([lookupIn({ ...field, table: "collective" })(endsInStar(text) ? `${key}*` : key)], context);
  return (
    group ??
    anyOf([{ kind: "words", words: key.split(" "), parts: part.author, shown: `"${key}"[${field.name}]` }], context)
  );
}

/**
 * The plan of a journal: any of its names, an ISSN, an abbreviation of its name, the name that it abbreviates, or part
 * of its name.
 */
function journalTerm({ text }: Asked, field: NameField, context: MappingContext): Plan | undefined {
  const lookup = lookupIn(field);
  const key = journalKey(text);
  if (endsInStar(text)) return anyOf([lookup(`${key}*`)], context);
  return (
    anyOf(
      journalKeys(text).map((each) => lookup(each)),
      context,
    ) ??
    anyOf(
      abbreviations(key, context.corpus.journals()).map((each) => lookup(each)),
      context,
    ) ??
    anyOf(
      [{ kind: "words", words: normal(text).split(" "), parts: part.journal, shown: `"${key}"[${field.name}]` }],
      context,
    )
  );
}

/** The plan of `2010[dp]` or `2010/05/01[dp]`: all days that the date covers. */
export function dateTerm(
  text: string,
  field: Extract<Field, { kind: "date" }>,
  context: MappingContext,
): Plan | undefined {
  return rangeTerm({ from: text, to: text }, field, context);
}

/**
 * The plan of `2010:2015[dp]`: from the first day of `from` to the last day of `to`. A range that runs backwards holds
 * no day.
 */
export function rangeTerm(
  { from, to }: { readonly from: string; readonly to: string },
  field: Field | undefined,
  { notices }: MappingContext,
): Plan | undefined {
  const range = from === to ? from : `${from}:${to}`;
  if (field?.kind !== "date")
    return void notices.warn(`only dates have ranges: ${range} was left out; write ${range}[dp]`);
  const [first, last] = [days(from.replace(/\*/g, "")), days(to.replace(/\*/g, ""))];
  if (!first || !last) return void notices.warn(`not a date: ${range}[${field.name}] was left out; write YYYY/MM/DD`);
  if (first.first > last.last)
    notices.warn(`range runs backwards: ${range}[${field.name}] holds no day; write ${to}:${from}`);
  if (field.name !== "Date - Publication")
    notices.warn(`field not in this corpus: [${field.name}]; ${range} was searched as the date of publication`);
  return {
    kind: "dates",
    first: first.first,
    last: last.last,
    shown: `${dayText(first.first)}:${dayText(last.last)}[Date - Publication]`,
  };
}

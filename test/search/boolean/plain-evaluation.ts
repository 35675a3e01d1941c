import type { Publication } from "../../../lib/core/records";
import { days } from "../../../lib/search/boolean/syntax/dates";
import { part } from "../../../lib/search/boolean/syntax/fields";
import { authorKeys, isCollective } from "../../../lib/search/boolean/vocabulary/authors";
import { headingKey } from "../../../lib/search/boolean/vocabulary/headings";
import { journalKeys } from "../../../lib/search/boolean/vocabulary/journals";
import { qualifierKey } from "../../../lib/search/boolean/vocabulary/qualifiers";
import type { Place } from "../../../lib/search/boolean/lookup";
import { keyOf, type Lookup } from "../../../lib/search/boolean/lookup";
import type { Plan } from "../../../lib/search/boolean/plan";
import { normal, words } from "../../../lib/search/boolean/text/words";

/** A record as a reader sees it: the words of each text of each part, and its names. */
interface Read {
  readonly texts: readonly (readonly [part: number, words: readonly string[]])[];
  readonly day: number;
  readonly publication: Publication;
}

/**
 * What Boolean evaluation means, without an index: every record is read for every look-up, and sets are sets of
 * numbers.
 */
export function plainly(newestFirst: readonly Publication[]): (plan: Plan) => Set<number> {
  const read = newestFirst.map(
    (publication): Read => ({
      publication,
      day: days(publication.date)?.first ?? 0,
      texts: (
        [
          [part.title, [publication.title]],
          [part.abstract, [publication.abstract]],
          [part.mesh, publication.mesh],
          [part.type, publication.types],
          [part.author, publication.authors],
          [part.journal, [publication.journal]],
          [part.keyword, publication.keywords ?? []],
        ] as const
      ).flatMap(([of, texts]) => texts.map((text) => [of, words(text)] as const)),
    }),
  );
  const known = new Map<string, Set<number>>();
  return function evaluate(plan): Set<number> {
    if (plan.kind !== "group") {
      const key = keyOf(plan);
      if (!known.has(key)) known.set(key, new Set(read.flatMap((record, i) => (holds(record, plan) ? [i] : []))));
      return known.get(key)!;
    }
    let found = new Set(plan.links[0]!.operator === "NOT" ? read.keys() : []);
    for (const [i, { operator, plan: inner }] of plan.links.entries()) {
      const other = evaluate(inner);
      if (operator === "OR" || (i === 0 && operator === "AND")) found = new Set([...found, ...other]);
      else found = new Set([...found].filter((record) => other.has(record) === (operator === "AND")));
    }
    return found;
  };
}

function holds({ texts, day, publication }: Read, lookup: Lookup): boolean {
  const inParts = (parts: number) => texts.filter(([of]) => of & parts).map(([, text]) => text);
  switch (lookup.kind) {
    case "words":
      return (
        lookup.words.length > 0 &&
        inParts(lookup.parts).some((text) =>
          text.some((_, at) => lookup.words.every((word, i) => is(text[at + i], word))),
        )
      );
    case "near": // every text by itself: two headings are never near each other
      return (
        lookup.words.length > 0 &&
        inParts(lookup.parts).some((text) =>
          text.some((_, at) => {
            const stretch = text.slice(at, at + lookup.within + lookup.words.length);
            return lookup.words.every((word) => stretch.some((one) => is(one, word)));
          }),
        )
      );
    case "beside": // each text of each part by itself; a phrase with a part that is not asked for is nowhere
      return texts.some(([of, text]) => spans(lookup.place, of, text).length > 0);
    case "dates":
      return day >= Math.max(lookup.first, 1) && day <= lookup.last;
    case "hasAbstract":
      return publication.abstract !== "";
    case "all":
      return true;
    case "name":
      return namesOf(publication, lookup.table).some((name) => is(name, lookup.name));
  }
}

/** Where a place begins and ends in a text, by trying all. */
function spans(place: Place, of: number, text: readonly string[]): readonly (readonly [from: number, to: number])[] {
  if (place.kind === "any") return place.of.flatMap((one) => spans(one, of, text));
  if (place.kind === "phrase") {
    const found: (readonly [number, number])[] = [];
    if (of & place.parts)
      for (let at = 0; at < text.length; at++)
        if (place.words.every((word, i) => is(text[at + i], word))) found.push([at, at + place.words.length - 1]);
    return found;
  }
  const left = spans(place.left, of, text);
  const right = left.length ? spans(place.right, of, text) : [];
  return left.flatMap(([a, b]) =>
    right.flatMap(([c, d]) => {
      const apart = c > b ? c - b - 1 : d < a && !place.ordered ? a - d - 1 : Infinity;
      return apart <= place.within ? [[Math.min(a, c), Math.max(b, d)] as const] : [];
    }),
  );
}

/** Whether a word is the one asked for, with its wild cards as a regular expression. */
function is(word: string | undefined, asked: string): boolean {
  if (word === undefined || word === "" || asked === "") return false;
  const first = asked.charCodeAt(0);
  if (first !== word.charCodeAt(0)) return false; // no wild card begins a word
  if (!/[*?#$]/.test(asked)) return word === asked;
  const pattern =
    patterns.get(asked) ??
    new RegExp(
      `^${asked
        .replace(/\?/g, ".?")
        .replace(/#/g, ".")
        .replace(/\*$/, ".*")
        .replace(/\$(\d+)$/, ".{0,$1}")}$`,
      "su",
    );
  patterns.set(asked, pattern);
  return pattern.test(word);
}

const patterns = new Map<string, RegExp>();

function namesOf(
  { mesh, types, journal, authors, pmid }: Publication,
  table: Extract<Lookup, { kind: "name" }>["table"],
): readonly string[] {
  const qualifier = (text: string) => qualifierKey(text.replace(/\*/g, "").split("/").slice(1).join("/"));
  const headings = (texts: readonly string[]) =>
    texts.flatMap((text) => [
      headingKey(text.replace(/\*/g, "").split("/")[0]!),
      ...(qualifier(text) ? [headingKey(text)] : []),
    ]);
  switch (table) {
    case "mesh":
      return headings(mesh);
    case "major":
      return headings(mesh.filter((text) => text.includes("*")));
    case "subheading":
      return mesh.map(qualifier);
    case "type":
      return types.map(normal);
    case "journal":
      return journalKeys(journal);
    case "author":
      return authors.flatMap(authorKeys);
    case "firstAuthor":
      return authors.slice(0, 1).map((name) => authorKeys(name)[0]!);
    case "lastAuthor":
      return authors.slice(-1).map((name) => authorKeys(name)[0]!);
    case "collective":
      return authors.filter(isCollective).flatMap(authorKeys);
    case "pmid":
      return [pmid.trim().toLowerCase()];
  }
}

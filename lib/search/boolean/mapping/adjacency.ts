import { patterns } from "./exact-terms";
import { fieldOf, type TextField } from "../syntax/fields";
import { mapped, type Mapping } from "./mapping";
import type { Beside, Place } from "../postings/place";
import { joined, type Plan } from "../plan";
import { sideBySide } from "./text-terms";
import type { Near, Query } from "../syntax/query";

/** Why a query stands at no place in a text, so that nothing can be near it. */
interface Nowhere {
  readonly kind: "nowhere";
  readonly why: string;
}

/**
 * Ovid's `left adj3 right`: words and phrases, groups of them joined by OR, and further adjacencies, each with its field. They are looked
 * for where they stand in the records, however large the groups are. A side that stands at no place, such as a heading, is ANDed.
 */
export function nearQuery(near: Near, mapping: Mapping): Plan | undefined {
  const place = placeOf(near, mapping);
  if (place.kind === "beside") return { kind: "beside", place, shown: shownNear(near) };
  const why = place.kind === "nowhere" ? place.why : "it has one side only";
  mapping.notices.warn(`${operatorOf(near)} was searched as AND: ${why}`);
  return joined(
    "AND",
    [near.left, near.right]
      .map((side) => mapped(side, mapping, false))
      .filter((plan): plan is Plan => plan !== undefined),
  );
}

/** `adj` alone is in order and side by side, `adj3` leaves room for two words in between. */
const operatorOf = ({ within, ordered }: Near): string => (ordered ? "adj" : `adj${within + 1}`);

function placeOf(query: Query, mapping: Mapping): Place | Nowhere {
  switch (query.kind) {
    case "term": {
      const field = fieldOf(query.tag ?? "all");
      if (field?.kind !== "text")
        return nowhere(
          `${query.text} is ${field?.kind === "mesh" ? "a heading" : `searched in [${query.tag}]`}, which has no place in the text`,
        );
      const phrase: Place = { kind: "phrase", words: patterns(query.text, mapping.notices.warn), parts: field.parts };
      if (!mapping.corpus.occurs(sideBySide(phrase.words, field))) mapping.notices.notFound(query.text, field.name);
      return phrase;
    }
    case "near": {
      const [left, right] = [placeOf(query.left, mapping), placeOf(query.right, mapping)];
      if (left.kind === "nowhere") return left;
      return right.kind === "nowhere"
        ? right
        : ({ kind: "beside", left, right, within: query.within, ordered: query.ordered } satisfies Beside);
    }
    case "group": {
      const other = query.links.find(({ operator }, i) => (i > 0 ? operator !== "OR" : operator === "NOT"));
      if (other) return nowhere(`a side of it holds ${other.operator}, which only whole records answer`);
      const of = query.links.map(({ query: part }) => placeOf(part, mapping));
      return of.find((place): place is Nowhere => place.kind === "nowhere") ?? { kind: "any", of: of as Place[] };
    }
    case "set":
      return nowhere(`line ${query.number} is a set of records, which has no place in the text`);
    case "range":
      return nowhere("a range of dates has no place in the text");
  }
}

const nowhere = (why: string): Nowhere => ({ kind: "nowhere", why });

/** As PubMed would write it where it can, `"neck length"[Title/Abstract:~2]`; else as Ovid does. */
function shownNear(near: Near): string {
  const [left, right] = [alternatives(near.left), alternatives(near.right)];
  const fields = new Set([...(left ?? []), ...(right ?? [])].map(({ field }) => field.name));
  if (!left || !right || fields.size !== 1 || left.length * right.length > mostShown)
    return `${shownSide(near.left)} ${operatorOf(near).toUpperCase()} ${shownSide(near.right)}`;
  const [field] = fields;
  const pairs = left.flatMap((one) =>
    right.map((other) => `"${one.text} ${other.text}"[${field}${near.ordered ? "" : `:~${near.within}`}]`),
  );
  return pairs.length === 1 ? pairs[0]! : `(${pairs.join(" OR ")})`;
}

const mostShown = 40; // pairs written out

interface Alternative {
  readonly text: string;
  readonly field: TextField;
}

/** The single words of an OR group, as far as it is nothing but one. */
function alternatives(query: Query): readonly Alternative[] | undefined {
  if (query.kind === "term") {
    const field = fieldOf(query.tag ?? "all");
    return field?.kind === "text" && !/\s/.test(query.text) ? [{ text: query.text.toLowerCase(), field }] : undefined;
  }
  if (query.kind !== "group") return undefined;
  const parts = query.links.map(({ query: part }) => alternatives(part));
  return parts.every((part): part is readonly Alternative[] => part !== undefined) ? parts.flat() : undefined;
}

function shownSide(query: Query): string {
  if (query.kind === "term") return `"${query.text.toLowerCase()}"[${fieldOf(query.tag ?? "all")?.name ?? query.tag}]`;
  if (query.kind === "near") return `(${shownNear(query)})`;
  return query.kind === "group" ? `(${query.links.map(({ query: part }) => shownSide(part)).join(" OR ")})` : "";
}

import { patterns } from "./exact-terms";
import { fieldOf, type TextField } from "../syntax/fields";
import type { MappingContext } from "./mapping-context";
import type { Beside, Place } from "../lookup";
import { joined, type Plan } from "../plan";
import { sideBySide } from "./text-terms";
import type { Near, Query } from "../syntax/query";

/** A query that stands at no place in a text, so that nothing can be near it. */
interface Nowhere {
  readonly kind: "nowhere";
  readonly why: string;
}

/**
 * The plan of Ovid's `left adj3 right`. Each side is a word, a phrase, a group joined by OR or another adjacency, and
 * has a field of its own. The places of both sides are compared record by record, however large the groups are. Where
 * one side stands at no place in a text, such as a heading, the two sides are ANDed instead, with a warning.
 *
 * @param mapSide the plan of one side, for that case
 */
export function nearQuery(
  near: Near,
  context: MappingContext,
  mapSide: (side: Query) => Plan | undefined,
): Plan | undefined {
  const place = placeOf(near, context);
  if (place.kind === "beside") return { kind: "beside", place, shown: shownNear(near) };
  const why = place.kind === "nowhere" ? place.why : "it has one side only";
  context.notices.warn(`${operatorOf(near)} was searched as AND: ${why}`);
  return joined(
    "AND",
    [near.left, near.right].map(mapSide).filter((plan): plan is Plan => plan !== undefined),
  );
}

/**
 * The operator as Ovid writes it. `adj` asks for two words side by side, in order; `adj3` allows two words between
 * them.
 */
const operatorOf = ({ within, ordered }: Near): string => (ordered ? "adj" : `adj${within + 1}`);

function placeOf(query: Query, context: MappingContext): Place | Nowhere {
  switch (query.kind) {
    case "term": {
      const field = fieldOf(query.tag ?? "all");
      if (field?.kind !== "text")
        return nowhere(
          field?.kind === "mesh"
            ? `${query.text} is a heading, which has no place in the text`
            : `${query.text} is searched in [${query.tag}], which has no place in the text`,
        );
      const phrase: Place = { kind: "phrase", words: patterns(query.text, context.notices.warn), parts: field.parts };
      if (!context.corpus.occurs(sideBySide(phrase.words, field))) context.notices.notFound(query.text, field.name);
      return phrase;
    }
    case "near": {
      const [left, right] = [placeOf(query.left, context), placeOf(query.right, context)];
      if (left.kind === "nowhere") return left;
      return right.kind === "nowhere"
        ? right
        : ({ kind: "beside", left, right, within: query.within, ordered: query.ordered } satisfies Beside);
    }
    case "group": {
      const other = query.links.find(({ operator }, i) => (i > 0 ? operator !== "OR" : operator === "NOT"));
      if (other) return nowhere(`a side of it holds ${other.operator}, which only whole records answer`);
      const of = query.links.map(({ query: part }) => placeOf(part, context));
      return of.find((place): place is Nowhere => place.kind === "nowhere") ?? { kind: "any", of: of as Place[] };
    }
    case "set":
      return nowhere(`line ${query.number} is a set of records, which has no place in the text`);
    case "range":
      return nowhere("a range of dates has no place in the text");
  }
}

const nowhere = (why: string): Nowhere => ({ kind: "nowhere", why });

/**
 * The adjacency as PubMed writes it, `"neck length"[Title/Abstract:~2]`, where PubMed can say it; else as Ovid writes
 * it.
 */
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

const mostShown = 40; // pairs of words that a translation lists

interface Alternative {
  readonly text: string;
  readonly field: TextField;
}

/** The words of a side that is one word, or a group of single words joined by OR; undefined for any other side. */
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

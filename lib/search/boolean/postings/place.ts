import type { Beside, Place } from "../lookup";
import { placesOf, type PlacesOf } from "./positions";
import { matching, type Postings } from "./postings";
import { firstIn, type RecordSet } from "../record-sets/record-set";
import type { Sets } from "../record-sets/sets";

/**
 * The records in which `place` is found. Records that hold both sides are found first. Then their distance is tested,
 * record by record.
 */
export function withBeside(postings: Postings, place: Beside, sets: Sets, find: Find): RecordSet {
  const candidates = holding(place, sets, find);
  const spans = spansOf(postings, place, sets.gather.records);
  for (const record of firstIn(candidates, Infinity, 0, sets.gather.records))
    if (spans(record).length) sets.gather.add(record);
  return sets.gather.take();
}

/** Finds the records that hold words side by side. */
type Find = (words: readonly string[], parts: number) => RecordSet;

/** The records that hold the parts of a place, at any distance. */
function holding(place: Place, sets: Sets, find: Find): RecordSet {
  switch (place.kind) {
    case "phrase":
      return find(place.words, place.parts);
    case "any":
      return sets.joiner.either(place.of.map((one) => holding(one, sets, find)));
    case "beside":
      return sets.joiner.join(
        [place.left, place.right].map((side) => ({ operator: "AND", set: holding(side, sets, find) })),
      );
  }
}

/** The positions at which a place begins and ends, both included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

// in ascending order of `from`; records must be asked for in ascending order
type SpansOf = (record: number) => readonly Span[];

function spansOf(postings: Postings, place: Place, records: number): SpansOf {
  switch (place.kind) {
    case "phrase":
      return phraseSpans(place.words.map((word) => placesOf(postings, matching(postings, word), place.parts, records)));
    case "any": {
      const all = place.of.map((one) => spansOf(postings, one, records));
      return (record) => {
        const found = all.flatMap((of) => of(record));
        return found.length > 1 ? ordered(found) : found;
      };
    }
    case "beside": {
      const [left, right] = [spansOf(postings, place.left, records), spansOf(postings, place.right, records)];
      return (record) => {
        const lefts = left(record);
        return lefts.length ? besides(lefts, right(record), place) : lefts;
      };
    }
  }
}

const phraseSpans =
  (words: readonly PlacesOf[]): SpansOf =>
  (record) => {
    if (words.length === 1) return words[0]!(record).map((from) => ({ from, to: from }));
    const [first, ...others] = words.map((of) => of(record));
    const rest = others.map((places) => new Set(places));
    return first!
      .filter((from) => rest.every((places, i) => places.has(from + i + 1)))
      .map((from) => ({ from, to: from + rest.length }));
  };

/**
 * The spans from one side to the other. Both sides are in ascending order, so each left span meets only the right spans
 * around it.
 */
function besides(
  lefts: readonly Span[],
  rights: readonly Span[],
  { within, ordered: inOrder }: Beside,
): readonly Span[] {
  const longest = rights.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  const found = new Map<string, Span>();
  let begin = 0;
  for (const left of lefts) {
    while (begin < rights.length && rights[begin]!.from + longest < left.from - within - 1) begin++;
    for (let i = begin; i < rights.length && rights[i]!.from <= left.to + within + 1; i++) {
      const right = rights[i]!;
      const between =
        right.from > left.to
          ? right.from - left.to - 1
          : inOrder || right.to >= left.from
            ? Infinity
            : left.from - right.to - 1;
      const span = { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) };
      if (between <= within) found.set(`${span.from}-${span.to}`, span);
    }
  }
  return ordered([...found.values()]);
}

const ordered = (spans: readonly Span[]): readonly Span[] => [...spans].sort((a, b) => a.from - b.from || a.to - b.to);

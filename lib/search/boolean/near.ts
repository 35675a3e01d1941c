import { withWord } from "./phrase";
import { matching, partAt, type Postings } from "./postings";
import { firstIn, type RecordSet } from "./record-set";
import { seek } from "./seek";
import type { Sets } from "./sets";

/** Records in which all of `words` stand, in any order, with at most `within` other words among them, in one of `parts`: PubMed's `"a b"[tiab:~3]`. */
export function withNear(postings: Postings, words: readonly string[], parts: number, within: number, { gather, joiner }: Sets): RecordSet {
  if (!words.length) return gather.take();
  const candidates = joiner.join(words.map((word) => ({ operator: "AND", set: withWord(postings, word, parts, gather) })));
  const places = words.map((word) => placesOf(postings, [...matching(postings, word)], parts));
  const width = within + words.length - 1; // from the first of the words to the last
  for (const record of firstIn(candidates, Infinity, 0, gather.records)) {
    if (narrowest(places.map((of) => of(record))) <= width) gather.add(record);
  }
  return gather.take();
}

/** Where any of `numbers` stands in a record, ascending. Records must be asked for in ascending order. */
function placesOf({ starts, documents, offsets, positions }: Postings, numbers: readonly number[], parts: number): (record: number) => readonly number[] {
  const entries = numbers.map((number) => starts[number]!);
  return (record) => {
    const places: number[] = [];
    for (const [i, number] of numbers.entries()) {
      const end = starts[number + 1]!;
      const entry = (entries[i] = seek(documents, record, entries[i]!, end));
      if (entry >= end || documents[entry] !== record) continue;
      for (let at = offsets[entry]!; at < offsets[entry + 1]!; at++) if (partAt(positions[at]!) & parts) places.push(positions[at]!);
    }
    return numbers.length === 1 ? places : places.sort((a, b) => a - b);
  };
}

/** The width of the narrowest stretch that holds one place of every list; parts lie a million places apart, so no stretch spans two. */
function narrowest(lists: readonly (readonly number[])[]): number {
  const at = lists.map(() => 0);
  for (let best = Infinity; ; ) {
    let [low, high, lowest] = [Infinity, -Infinity, 0];
    for (let i = 0; i < lists.length; i++) {
      const place = lists[i]![at[i]!];
      if (place === undefined) return best; // one list is used up: no narrower stretch can follow
      if (place < low) [low, lowest] = [place, i];
      if (place > high) high = place;
    }
    best = Math.min(best, high - low);
    at[lowest]!++;
  }
}

import { add, combine, emptySet, first, type Bitset } from "./bitset";
import { withWord } from "./phrase";
import { matching, partAt, type Postings } from "./postings";

/** Records in which all of `words` stand, in any order, with at most `within` other words among them, in one of `parts`: PubMed's `"a b"[tiab:~3]`. */
export function withNear(postings: Postings, records: number, words: readonly string[], parts: number, within: number): Bitset {
  const set = emptySet(records);
  if (!words.length) return set;
  const candidates = withWord(postings, records, words[0]!, parts);
  for (const word of words.slice(1)) combine.AND(candidates, withWord(postings, records, word, parts));
  const numbers = words.map((word) => matching(postings, word));
  const width = within + words.length - 1; // from the first of the words to the last
  for (const record of first(candidates, records)) {
    const places = numbers.flatMap((alike, slot) => placesIn(postings, record, alike, parts).map((position) => ({ slot, position })));
    if (narrowest(places, words.length) <= width) add(set, record);
  }
  return set;
}

/** Where any of `numbers` stands in one record. */
function placesIn({ starts, documents, offsets, positions }: Postings, record: number, numbers: readonly number[], parts: number): number[] {
  const places: number[] = [];
  for (const number of numbers) {
    let [low, high] = [starts[number]!, starts[number + 1]!];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (documents[middle]! < record) low = middle + 1;
      else high = middle;
    }
    if (low >= starts[number + 1]! || documents[low] !== record) continue;
    for (let at = offsets[low]!; at < offsets[low + 1]!; at++) if (partAt(positions[at]!) & parts) places.push(positions[at]!);
  }
  return places;
}

/** The width of the narrowest stretch of text that holds every slot; parts lie a million places apart. */
function narrowest(places: readonly { readonly slot: number; readonly position: number }[], slots: number): number {
  const ordered = [...places].sort((a, b) => a.position - b.position);
  const count = new Uint32Array(slots);
  let [held, left, best] = [0, 0, Infinity];
  for (const { slot, position } of ordered) {
    if (count[slot]!++ === 0) held++;
    for (; held === slots; left++) {
      best = Math.min(best, position - ordered[left]!.position);
      if (--count[ordered[left]!.slot]! === 0) held--;
    }
  }
  return best;
}

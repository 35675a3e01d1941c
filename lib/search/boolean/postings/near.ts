import { withWord } from "./phrase";
import { placesOf } from "./positions";
import { matching, type Postings } from "./postings";
import { firstIn, type RecordSet } from "../record-sets/record-set";
import type { Sets } from "../record-sets/sets";

/**
 * The records that hold all of `words` in one of `parts`, in any order, with at most `within` other words among them:
 * PubMed's `"a b"[tiab:~3]`.
 */
export function withNear(
  postings: Postings,
  words: readonly string[],
  parts: number,
  within: number,
  { gather, joiner }: Sets,
): RecordSet {
  if (!words.length) return gather.take();
  const candidates = joiner.join(
    words.map((word) => ({ operator: "AND", set: withWord(postings, word, parts, gather) })),
  );
  const places = words.map((word) => placesOf(postings, matching(postings, word), parts, gather.records));
  const width = within + words.length - 1; // positions from the first word to the last
  for (const record of firstIn(candidates, Infinity, 0, gather.records)) {
    if (narrowest(places.map((of) => of(record))) <= width) gather.add(record);
  }
  return gather.take();
}

/**
 * The width of the narrowest stretch that holds one place of every list. Positions of two parts are a million apart, so
 * no stretch spans two parts.
 */
function narrowest(lists: readonly (readonly number[])[]): number {
  const at = lists.map(() => 0);
  for (let best = Infinity; ; ) {
    let [low, high, lowest] = [Infinity, -Infinity, 0];
    for (let i = 0; i < lists.length; i++) {
      const place = lists[i]![at[i]!];
      if (place === undefined) return best; // one list has ended, so no narrower stretch follows
      if (place < low) [low, lowest] = [place, i];
      if (place > high) high = place;
    }
    best = Math.min(best, high - low);
    at[lowest]!++;
  }
}

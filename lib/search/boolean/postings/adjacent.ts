import { partAt, type Postings } from "./postings";
import { seek } from "../record-sets/seek";

/** A word of a phrase: its number, and how many words behind the first word it stands. */
interface Slot {
  readonly number: number;
  readonly offset: number;
}

/**
 * The records, ascending, in which the words of `slots`, rarest first, stand in their places within one of `parts`. A
 * record is first tested for having all words, which excludes most records, and only then for their places. One place
 * is enough.
 */
export function adjacent(
  { starts, documents, parts: held, offsets, positions }: Postings,
  slots: readonly Slot[],
  parts: number,
): Uint32Array {
  const [rarest, ...others] = slots;
  const at = others.map(({ number }) => starts[number]!);
  const ends = others.map(({ number }) => starts[number + 1]!);
  const lastEntry = starts[rarest!.number + 1]!;
  const found = new Uint32Array(lastEntry - starts[rarest!.number]!);
  let count = 0;
  for (let entry = starts[rarest!.number]!; entry < lastEntry; entry++) {
    if (!(held[entry]! & parts)) continue;
    const record = documents[entry]!;
    let together = true;
    for (let i = 0; i < at.length && together; i++) {
      at[i] = seek(documents, record, at[i]!, ends[i]!);
      if (at[i] === ends[i]) return found.subarray(0, count); // no later record has this word
      together = documents[at[i]!] === record;
    }
    if (together && standsTogether(entry)) found[count++] = record;
  }
  return found.subarray(0, count);

  function standsTogether(entry: number): boolean {
    for (let place = offsets[entry]!; place < offsets[entry + 1]!; place++) {
      const start = positions[place]! - rarest!.offset;
      if (!(partAt(positions[place]!) & parts) || start < 0) continue;
      let all = true;
      for (let i = 0; i < others.length && all; i++) all = holds(at[i]!, start + others[i]!.offset);
      if (all) return true;
    }
    return false;
  }

  function holds(entry: number, position: number): boolean {
    for (let place = offsets[entry]!; place < offsets[entry + 1]!; place++)
      if (positions[place] === position) return true;
    return false;
  }
}

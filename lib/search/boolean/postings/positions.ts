import { partAt, type Postings } from "./postings";
import { seek } from "../record-sets/seek";

/** The positions of a word in a record, ascending. Records must be asked for in ascending order. */
export type PlacesOf = (record: number) => readonly number[];

const most = 8; // up to so many words are each looked up in a record; the positions of more words are sorted beforehand

/** The positions of all words in `numbers` within `parts`. */
export function placesOf(
  postings: Postings,
  numbers: ArrayLike<number> & Iterable<number>,
  parts: number,
  records: number,
): PlacesOf {
  if (numbers.length <= most) return lookedUp(postings, [...numbers], parts);
  let entries = 0;
  for (const number of numbers) entries += postings.starts[number + 1]! - postings.starts[number]!;
  return entries * 8 < records ? collected(postings, numbers, parts) : gathered(postings, numbers, parts, records);
}

function lookedUp(
  { starts, documents, offsets, positions }: Postings,
  numbers: readonly number[],
  parts: number,
): PlacesOf {
  const entries = numbers.map((number) => starts[number]!);
  return (record) => {
    const places: number[] = [];
    for (const [i, number] of numbers.entries()) {
      const end = starts[number + 1]!;
      const entry = (entries[i] = seek(documents, record, entries[i]!, end));
      if (entry >= end || documents[entry] !== record) continue;
      for (let at = offsets[entry]!; at < offsets[entry + 1]!; at++)
        if (partAt(positions[at]!) & parts) places.push(positions[at]!);
    }
    return numbers.length === 1 ? places : places.sort((a, b) => a - b);
  };
}

/** All positions of many rare words, in a map by record. A table of all records would cost more in a large corpus. */
function collected(
  { starts, documents, offsets, positions }: Postings,
  numbers: ArrayLike<number> & Iterable<number>,
  parts: number,
): PlacesOf {
  const byRecord = new Map<number, number[]>();
  for (const number of numbers) {
    for (let entry = starts[number]!; entry < starts[number + 1]!; entry++) {
      const record = documents[entry]!;
      const places = byRecord.get(record) ?? [];
      for (let at = offsets[entry]!; at < offsets[entry + 1]!; at++)
        if (partAt(positions[at]!) & parts) places.push(positions[at]!);
      if (places.length) byRecord.set(record, places);
    }
  }
  return (record) => byRecord.get(record)?.sort((a, b) => a - b) ?? none;
}

const none: readonly number[] = [];

/**
 * All positions of many words. Those of record r are places[ends[r - 1] .. ends[r]). They are counted and then put into
 * place, in linear time.
 */
function gathered(
  postings: Postings,
  numbers: ArrayLike<number> & Iterable<number>,
  parts: number,
  records: number,
): PlacesOf {
  const { starts, documents, offsets, positions } = postings;
  const ends = new Uint32Array(records + 1);
  const each = (place: (record: number, position: number) => void): void => {
    for (const number of numbers) {
      for (let entry = starts[number]!; entry < starts[number + 1]!; entry++) {
        for (let at = offsets[entry]!; at < offsets[entry + 1]!; at++)
          if (partAt(positions[at]!) & parts) place(documents[entry]!, positions[at]!);
      }
    }
  };
  each((record) => ends[record + 1]++);
  for (let record = 0; record < records; record++) ends[record + 1]! += ends[record]!;
  const [next, places] = [ends.slice(), new Uint32Array(ends[records]!)];
  each((record, position) => (places[next[record]!++] = position));
  return (record) =>
    ends[record]! === ends[record + 1]! ? none : Array.from(places.subarray(ends[record]!, ends[record + 1]!).sort());
}

import { adjacent } from "./adjacent";
import type { Gather } from "../record-sets/gather";
import { matching, partAt, type Postings } from "./postings";
import type { RecordSet } from "../record-sets/record-set";
import { seek } from "../record-sets/seek";

/**
 * The records that hold `word` in one of `parts`, where they are a stretch of the index: the word is not truncated and
 * stands in no other part. Undefined for any other word.
 */
export function wordStretch(
  { numbers, starts, documents, partsOf }: Postings,
  word: string,
  parts: number,
): Uint32Array | undefined {
  const number = numbers.get(word);
  return number === undefined || (partsOf[number]! & ~parts) !== 0
    ? undefined
    : documents.subarray(starts[number]!, starts[number + 1]!);
}

/** The records that hold `word` in one of `parts`. A `*` at its end stands for any ending. */
export function withWord(postings: Postings, word: string, parts: number, gather: Gather): RecordSet {
  const numbers = matching(postings, word);
  if (numbers.length === 1) return gather.store.list(holding(postings, numbers[0]!, parts));
  for (let i = 0; i < numbers.length; i++)
    if (postings.partsOf[numbers[i]!]! & parts) gather.addAll(holding(postings, numbers[i]!, parts));
  return gather.take();
}

function holding({ starts, documents, partsOf, parts: held }: Postings, number: number, parts: number): Uint32Array {
  const [from, to] = [starts[number]!, starts[number + 1]!];
  if ((partsOf[number]! & ~parts) === 0) return documents.subarray(from, to);
  const kept = new Uint32Array(to - from);
  let count = 0;
  for (let entry = from; entry < to; entry++) {
    kept[count] = documents[entry]!; // the next record overwrites it if this one does not match
    if (held[entry]! & parts) count++;
  }
  return kept.subarray(0, count);
}

/** Whether any record holds `word`, which may be truncated, in one of `parts`. */
export function hasWord(postings: Postings, word: string, parts: number): boolean {
  const numbers = matching(postings, word);
  for (let i = 0; i < numbers.length; i++) if (postings.partsOf[numbers[i]!]! & parts) return true;
  return false;
}

/**
 * The records in which the words of `phrase` stand side by side, in order, within one of `parts`.
 *
 * The search begins with the rarest word. If no word is truncated, the records of the rarest word are tested one by
 * one. If one is, every place of the rarest word gives a possible start of the phrase, and each other word, rarer ones
 * first, removes the starts that it does not follow. Common words are looked up, never listed.
 */
export function withPhrase(postings: Postings, phrase: readonly string[], parts: number, gather: Gather): RecordSet {
  const slots = phrase
    .map((word, offset) => ({ offset, numbers: [...matching(postings, word)] }))
    .map((slot) => ({ ...slot, cost: slot.numbers.reduce((sum, number) => sum + spread(postings, number), 0) }))
    .sort((a, b) => a.cost - b.cost);
  const [rarest, ...others] = slots;
  if (!rarest || slots.some(({ cost }) => cost === 0)) return gather.take();
  if (slots.every(({ numbers }) => numbers.length === 1))
    return gather.store.list(
      adjacent(
        postings,
        slots.map(({ numbers, offset }) => ({ number: numbers[0]!, offset })),
        parts,
      ),
    );
  for (const number of rarest.numbers) {
    let starts = startsOf(postings, number, rarest.offset, parts);
    for (const { numbers, offset } of others) starts = kept(postings, starts, numbers, offset);
    gather.addAll(starts.records);
  }
  return gather.take();
}

/** Possible starts of a phrase, ascending by record, then by position. */
interface Starts {
  readonly records: Uint32Array;
  readonly positions: Uint32Array;
}

const spread = ({ starts }: Postings, number: number): number => starts[number + 1]! - starts[number]!;

function startsOf(postings: Postings, number: number, offset: number, parts: number): Starts {
  const most = postings.offsets[postings.starts[number + 1]!]! - postings.offsets[postings.starts[number]!]!;
  const [records, positions] = [new Uint32Array(most), new Uint32Array(most)];
  let count = 0;
  for (let entry = postings.starts[number]!; entry < postings.starts[number + 1]!; entry++) {
    if (!(postings.parts[entry]! & parts)) continue;
    for (let at = postings.offsets[entry]!; at < postings.offsets[entry + 1]!; at++) {
      const position = postings.positions[at]!;
      if (!(partAt(position) & parts) || position < offset) continue;
      records[count] = postings.documents[entry]!;
      positions[count++] = position - offset;
    }
  }
  return { records: records.subarray(0, count), positions: positions.subarray(0, count) };
}

/** The starts that have one of `numbers` at `offset` words behind them. */
function kept(postings: Postings, starts: Starts, numbers: readonly number[], offset: number): Starts {
  const stands = new Uint8Array(starts.records.length);
  if (numbers.length === 1) strikeByStarts(postings, starts, numbers[0]!, offset, stands);
  else strikeByWords(postings, starts, numbers, offset, stands);
  const { records, positions } = starts; // owned by this search; the starts that stay are moved to the front
  let count = 0;
  for (let i = 0; i < stands.length; i++) {
    if (!stands[i]) continue;
    records[count] = records[i]!;
    positions[count++] = positions[i]!;
  }
  return { records: records.subarray(0, count), positions: positions.subarray(0, count) };
}

/** For one word, which is often a common one: looks it up at every start. */
function strikeByStarts(postings: Postings, starts: Starts, number: number, offset: number, stands: Uint8Array): void {
  let entry = postings.starts[number]!;
  const end = postings.starts[number + 1]!;
  for (let i = 0; i < stands.length && entry < end; i++) {
    const record = starts.records[i]!;
    entry = seek(postings.documents, record, entry, end);
    if (entry < end && postings.documents[entry] === record && holds(postings, entry, starts.positions[i]! + offset))
      stands[i] = 1;
  }
}

/** For the many rare words that begin with a stem: looks the starts up for every word. */
function strikeByWords(
  postings: Postings,
  starts: Starts,
  numbers: readonly number[],
  offset: number,
  stands: Uint8Array,
): void {
  const ofRecord = new Map<number, number>(); // record number to the index of its first start
  starts.records.forEach((record, i) => ofRecord.has(record) || ofRecord.set(record, i));
  for (const number of numbers) {
    for (let entry = postings.starts[number]!; entry < postings.starts[number + 1]!; entry++) {
      const record = postings.documents[entry]!;
      for (let i = ofRecord.get(record) ?? Infinity; starts.records[i] === record; i++) {
        if (holds(postings, entry, starts.positions[i]! + offset)) stands[i] = 1;
      }
    }
  }
}

function holds({ offsets, positions }: Postings, entry: number, position: number): boolean {
  for (let at = offsets[entry]!; at < offsets[entry + 1]!; at++) if (positions[at] === position) return true;
  return false;
}

import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { throwIfAborted } from "../../../core/errors";
import { bytesOf, type Numbers, type Spooled } from "../files/arrays-file";
import type { Indexed } from "../files/index-file";
import type { Segment } from "./segments";
import { shared } from "../postings/strings";

/** The target and the limits of a merge. */
interface MergeOptions {
  /** The folder for the postings, in files `docs` and `pairs`. */
  readonly folder: string;
  /** Postings in memory at a time, 20 bytes each. A term with more postings is held as a whole. */
  readonly atMost: number;
  readonly onMerged: (postings: number) => void;
  readonly signal?: AbortSignal | undefined | undefined;
}

/**
 * Merges the postings of all segments by term and, within a term, by the final numbers of the documents: `order[i]`
 * becomes i. It works through ranges of terms, since each segment holds the postings of a range in one piece.
 */
export async function mergeSegments(
  segments: readonly Segment[],
  order: Uint32Array,
  terms: number,
  { folder, atMost, onMerged, signal }: MergeOptions,
): Promise<Pick<Indexed, "starts" | "docs" | "pairs">> {
  const numbers = new Uint32Array(order.length); // final number of each document
  order.forEach((old, i) => (numbers[old] = i));
  const lists = segments.map((segment) => ({
    segment,
    terms: segment.load("terms"),
    ends: segment.load("ends"),
    list: 0,
    posting: 0,
  }));
  const starts = shared(Uint32Array, terms + 1);
  for (const { terms, ends } of lists)
    terms.forEach((term, i) => (starts[term + 1] += ends[i]! - (i === 0 ? 0 : ends[i - 1]!)));
  for (let term = 0; term < terms; term++) starts[term + 1] += starts[term]!;

  const most = rangesOf(starts, atMost).reduce((size, [term, end]) => Math.max(size, starts[end]! - starts[term]!), 0);
  // these are used again for each range
  const buffers = { keys: new Float64Array(most), docs: new Int32Array(most), pairs: new Uint16Array(most) };
  const docs = spool(join(folder, "docs"));
  const pairs = spool(join(folder, "pairs"));
  try {
    for (const [term, end] of rangesOf(starts, atMost)) {
      throwIfAborted(signal, "merging");
      const base = starts[term]!;
      const keys = buffers.keys.subarray(0, starts[end]! - base); // document · 2^16 + pair
      const next = starts.slice(term, end);
      for (const from of lists) {
        const first = from.posting;
        let last = from.list;
        while (last < from.terms.length && from.terms[last]! < end) last++;
        const behind = last === 0 ? 0 : from.ends[last - 1]!;
        const [itsDocs, itsPairs] = [
          from.segment.slice("docs", first, behind),
          from.segment.slice("pairs", first, behind),
        ];
        for (let at = 0; from.list < last; from.list++) {
          const list = from.terms[from.list]! - term;
          for (const stop = from.ends[from.list]! - first; at < stop; at++)
            keys[next[list]++ - base] = numbers[itsDocs[at]!]! * 65536 + itsPairs[at]!;
        }
        from.posting = behind;
      }
      for (let list = term; list < end; list++) sortUnlessSorted(keys, starts[list]! - base, starts[list + 1]! - base);
      for (let i = 0; i < keys.length; i++) {
        buffers.docs[i] = keys[i]! / 65536;
        buffers.pairs[i] = keys[i]!; // the lowest 16 bits
      }
      docs.write(buffers.docs.subarray(0, keys.length));
      pairs.write(buffers.pairs.subarray(0, keys.length));
      onMerged(starts[end]!);
      await setImmediate(); // lets signals be handled
    }
    return { starts, docs: docs.end(), pairs: pairs.end() };
  } finally {
    docs.end();
    pairs.end();
  }
}

/** Ranges [first, end) of terms with at most `most` postings each. A term with more postings is a range of its own. */
function rangesOf(starts: Uint32Array, atMost: number): [number, number][] {
  const ranges: [number, number][] = [];
  for (let term = 0; term + 1 < starts.length; ) {
    const first = term++;
    while (term + 1 < starts.length && starts[term + 1]! - starts[first]! <= atMost) term++;
    ranges.push([first, term]);
  }
  return ranges;
}

function sortUnlessSorted(keys: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) if (keys[i]! < keys[i - 1]!) return void keys.subarray(start, end).sort();
}

/** A file that an array is written to, piece by piece. */
function spool(file: string): { write(array: Numbers): void; end(): Spooled } {
  const handle = openSync(file, "w");
  let [length, byteLength, checksum, open] = [0, 0, 0, true];
  return {
    write(array) {
      const bytes = bytesOf(array);
      for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
      length += array.length;
      byteLength += array.byteLength;
      checksum = crc32(bytes, checksum);
    },
    end() {
      if (open) closeSync(handle);
      open = false;
      return { file, length, byteLength, checksum };
    },
  };
}

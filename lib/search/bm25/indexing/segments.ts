import { existsSync, readdirSync, realpathSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CorruptData } from "../../../core/errors";
import { openArrays, writeArrays, type ArraysFile, type Kind } from "../files/arrays-file";
import type { Forward } from "./forward";
import type { Documents, SearchDocument } from "../../../core/documents";
import type { Known } from "./indexing";
import { pack, unpacker } from "../postings/strings";

const types = {
  idUnits: Uint16Array, // of its documents, as they came
  idEnds: Uint32Array,
  termUnits: Uint16Array, // of the terms that no segment before it had
  termEnds: Uint32Array,
  frequencies: Uint32Array, // of the pairs that no segment before it had
  lengths: Uint8Array,
  terms: Uint32Array, // its terms' numbers, rising
  ends: Uint32Array, // of each one's postings
  docs: Int32Array, // places of documents in the corpus, rising within a term
  pairs: Uint16Array,
} as const;

/** A part of an index on disk: the postings of some documents that came one after the other, by term. */
export type Segment = ArraysFile<typeof types>;

/** The folder of a build that is not finished: its segments, numbered from 0. */
export const buildingFolder = (folder: string): string => join(folder, "bm25.building");

const kind = (folder: string): Kind<typeof types> => ({
  magic: "DRBM25S1",
  types,
  fix: `Remove ${folder} and index from the beginning`,
});
const segmentFile = (folder: string, number: number): string =>
  join(folder, `segment-${String(number).padStart(5, "0")}`);

/** A running CRC-32 of documents. */
export const digested = (digest: number, { id, contents }: SearchDocument): number =>
  crc32(contents, crc32(`${id}\0`, digest));

/** What of `Known` is in earlier segments. */
export interface Before {
  readonly documents: number;
  readonly terms: number;
  readonly pairs: number;
}

/**
 * Writes segment `number`: the postings of `part`, and all that is new with its documents. Frees the postings. Returns
 * the segment, opened.
 */
export function writeSegment(
  folder: string,
  number: number,
  part: Forward,
  { ids, terms, pairs }: Known,
  before: Before,
  digest: number,
): Segment {
  const { documents, counted, tokens } = part;
  const {
    starts,
    docs,
    pairs: numbers,
  } = part.invert(
    Uint32Array.from({ length: documents }, (_, i) => i),
    terms.size,
  );
  const own = Uint32Array.from({ length: terms.size }, (_, term) => term).filter(
    (term) => starts[term + 1]! > starts[term]!,
  );
  for (let i = 0; i < docs.length; i++) docs[i] += before.documents;
  const [newIds, newTerms] = [pack(ids.slice(before.documents)), pack([...terms.keys()].slice(before.terms))];
  writeArrays(
    segmentFile(folder, number),
    kind(folder),
    { documents, counted, tokens, digest },
    {
      idUnits: newIds.units,
      idEnds: newIds.ends,
      termUnits: newTerms.units,
      termEnds: newTerms.ends,
      ...pairs.tables(before.pairs),
      terms: own,
      ends: own.map((term) => starts[term + 1]!),
      docs,
      pairs: numbers,
    },
  );
  return openArrays(segmentFile(folder, number), kind(folder));
}

/** Opens the segments of a build that was not finished, in order. */
export function openSegments(folder: string): Segment[] {
  const segments: Segment[] = [];
  while (existsSync(segmentFile(folder, segments.length)))
    segments.push(openArrays(segmentFile(folder, segments.length), kind(folder)));
  return segments;
}

/** Learns what a segment's documents had that was new. */
export function learn(segment: Segment, { ids, terms, pairs }: Known): void {
  const strings = (kind: "id" | "term"): string[] => {
    const [units, ends] = [segment.load(`${kind}Units`), segment.load(`${kind}Ends`)];
    const read = unpacker({ units, ends });
    return Array.from(ends, (_, i) => read(i));
  };
  for (const id of strings("id")) ids.push(id);
  for (const term of strings("term")) terms.set(term, terms.size);
  const [frequencies, lengths] = [segment.load("frequencies"), segment.load("lengths")];
  frequencies.forEach((frequency, i) => pairs.number(frequency, lengths[i]!, ""));
}

/** The documents that no segment has. Throws CorruptData where those before them are not the segments' own. */
export async function* newDocuments(
  documents: Documents,
  segments: readonly Segment[],
  ids: readonly string[],
  folder: string,
): AsyncGenerator<SearchDocument, void> {
  const sizes = segments.map(({ meta }) => meta["documents"]!);
  let [place, left, number, digest] = [0, sizes[0] ?? 0, 0, 0];
  const refuse = (why: string): never => {
    throw new CorruptData(
      folder,
      `holds an unfinished index of another corpus: ${why}`,
      "Give the corpus of before to go on with it, or remove this folder to index from the beginning",
    );
  };
  const known = sizes.reduce((sum, size) => sum + size, 0);
  for await (const document of documents) {
    if (place >= known) {
      yield document;
      continue;
    }
    if (document.id !== ids[place])
      refuse(`document ${place + 1} was ${JSON.stringify(ids[place])} and is ${JSON.stringify(document.id)}`);
    digest = digested(digest, document);
    place++;
    if (--left > 0) continue;
    if (digest !== segments[number]!.meta["digest"])
      refuse(`a text among documents ${place - sizes[number]! + 1} to ${place} has changed`);
    [number, digest] = [number + 1, 0];
    left = sizes[number] ?? 0;
  }
  if (place < known) refuse(`it has ${place} documents, and ${known} were indexed`);
}

/**
 * Names in the folder of an unfinished build: its segments, what merging them writes, and what a crash left of either.
 */
const ownName = /^(segment-\d{5}|docs|pairs)(\.\d+\.tmp)?$/;

/** Removes an unfinished build, and nothing else that may be in its folder. */
export function removeSegments(folder: string): void {
  if (!existsSync(folder)) return;
  const names = readdirSync(folder);
  for (const name of names) if (ownName.test(name)) rmSync(join(folder, name));
  if (names.every((name) => ownName.test(name))) rmdirSync(realpathSync(folder));
}

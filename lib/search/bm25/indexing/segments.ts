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
  idUnits: Uint16Array, // the ids of its documents, in the order of the corpus
  idEnds: Uint32Array,
  termUnits: Uint16Array, // the terms that no earlier segment had
  termEnds: Uint32Array,
  frequencies: Uint32Array, // the pairs that no earlier segment had
  lengths: Uint8Array,
  terms: Uint32Array, // the numbers of its terms, ascending
  ends: Uint32Array, // where the postings of each term end
  docs: Int32Array, // places of documents in the corpus, ascending within a term
  pairs: Uint16Array,
} as const;

/** A part of an index on disk: the postings of a run of documents, by term. */
export type Segment = ArraysFile<typeof types>;

/** The folder of an unfinished build. Its segments are numbered from 0. */
export const buildingFolder = (folder: string): string => join(folder, "bm25.building");

const kind = (folder: string): Kind<typeof types> => ({
  magic: "DRBM25S1",
  types,
  fix: `Remove ${folder} and index from the beginning`,
});
const segmentFile = (folder: string, number: number): string =>
  join(folder, `segment-${String(number).padStart(5, "0")}`);

/** Continues a CRC-32 of documents with one more document. */
export const digested = (digest: number, { id, contents }: SearchDocument): number =>
  crc32(contents, crc32(`${id}\0`, digest));

/** The part of `Known` that earlier segments hold. */
export interface Before {
  readonly documents: number;
  readonly terms: number;
  readonly pairs: number;
}

/**
 * Writes segment `number`: the postings of `part`, and all ids, terms and pairs that are new with its documents. Frees
 * the postings. Returns the open segment.
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

/** Opens the segments of an unfinished build, in order. */
export function openSegments(folder: string): Segment[] {
  const segments: Segment[] = [];
  while (existsSync(segmentFile(folder, segments.length)))
    segments.push(openArrays(segmentFile(folder, segments.length), kind(folder)));
  return segments;
}

/** Adds the ids, terms and pairs that a segment introduced to `known`. */
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

/**
 * The documents that no segment holds. Throws CorruptData if the documents before them are not those of the segments.
 */
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
 * The names in the folder of an unfinished build: its segments, the files of a merge, and what a crash left of either.
 */
const ownName = /^(segment-\d{5}|docs|pairs)(\.\d+\.tmp)?$/;

/** Removes an unfinished build, and nothing else in its folder. */
export function removeSegments(folder: string): void {
  if (!existsSync(folder)) return;
  const names = readdirSync(folder);
  for (const name of names) if (ownName.test(name)) rmSync(join(folder, name));
  if (names.every((name) => ownName.test(name))) rmdirSync(realpathSync(folder));
}

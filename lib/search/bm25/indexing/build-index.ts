import type { Documents, SearchDocument } from "../../../core/documents";
import { Interrupted } from "../../../core/errors";
import { abortSignal, callable, whole, type Range } from "../../../core/ranges";
import { checkOptions } from "../../../core/settings";
import { invertedWhole, vocabulary } from "./build-postings";
import { expectOwnIndex, writePostings, type Indexed } from "../files/index-file";
import type { Forward } from "./forward";
import { idOrder, nothingKnown, readDocuments, type BuildOptions, type Known } from "./indexing";
import { mergeSegments } from "./merge";
import {
  buildingFolder,
  digested,
  learn,
  newDocuments,
  openSegments,
  removeSegments,
  writeSegment,
  type Before,
  type Segment,
} from "./segments";

/** Settings of `buildIndex`. */
export interface BuildIndexOptions extends BuildOptions {
  /**
   * Postings that are held in memory, 12 bytes each; more postings go to disk in segments. The default is 8,388,608.
   */
  readonly postingsAtOnce?: number;
}

const optionRanges: Readonly<Record<keyof BuildIndexOptions, Range>> = {
  onProgress: callable,
  signal: abortSignal,
  postingsAtOnce: whole(1),
};

interface Settings {
  readonly onProgress: BuildOptions["onProgress"] | undefined;
  readonly signal: AbortSignal | undefined;
  readonly postingsAtOnce: number;
}

/** The size of a finished index, and what its build took. */
export interface BuiltIndex {
  readonly documents: number;
  readonly terms: number;
  readonly postings: number;
  readonly bytes: number;
}

/**
 * Indexes `documents` into `folder`, within bounded memory. Beside `postings`, only the ids and the terms grow. An
 * index that is already in `folder` is replaced at the end, or not changed.
 *
 * If the build is interrupted or fails, its finished segments stay in `folder`, and the next build over the same
 * documents continues behind them. The index has the same bytes, whatever the number of segments. While it works, the
 * build needs up to three times the size of the index on disk.
 *
 * Throws CorruptData if `folder` has segments of another corpus, or two documents have one id; RangeError like
 * buildPostings; an error with the code ENOSPC if the disk is full; Interrupted.
 */
export async function buildIndex(
  documents: Documents,
  folder: string,
  options: BuildIndexOptions = {},
): Promise<BuiltIndex> {
  checkOptions("buildIndex", options, optionRanges);
  const { onProgress, signal, postingsAtOnce = 2 ** 23 } = options;
  expectOwnIndex(folder);
  const building = buildingFolder(folder);
  const segments: Segment[] = [];
  try {
    const known = nothingKnown();
    segments.push(...openSegments(building));
    for (const segment of segments) learn(segment, known);
    const made = await indexed(documents, known, segments, building, { onProgress, signal, postingsAtOnce });
    const bytes = writePostings(folder, made);
    removeSegments(building);
    return { documents: made.documents, terms: made.starts.length - 1, postings: made.docs.length, bytes };
  } catch (error) {
    throw explained(
      error as NodeJS.ErrnoException,
      folder,
      segments.reduce((sum, { meta }) => sum + meta["documents"]!, 0),
    );
  } finally {
    for (const segment of segments) segment.close();
  }
}

/** Builds the index of `documents`, the first of which are in `segments`. New segments are added to this list. */
async function indexed(
  documents: Documents,
  known: Known,
  segments: Segment[],
  building: string,
  { onProgress, signal, postingsAtOnce }: Settings,
): Promise<Indexed> {
  const began = performance.now();
  const report = (postings: number, merged: number): void =>
    onProgress?.({ documents: known.ids.length, postings, merged, seconds: (performance.now() - began) / 1000 });
  let before = sizesOf(known);
  let digest = 0;
  let spilled = segments.reduce((sum, segment) => sum + segment.length("docs"), 0);
  async function* read(): AsyncGenerator<SearchDocument, void> {
    for await (const document of newDocuments(documents, segments.slice(), known.ids.slice(), building)) {
      digest = digested(digest, document);
      yield document;
    }
  }
  const full = (part: Forward): void => {
    if (part.documents === 0) return;
    spilled += part.size;
    segments.push(writeSegment(building, segments.length, part, known, before, digest));
    [before, digest] = [sizesOf(known), 0];
  };
  const part = await readDocuments(read(), known, {
    signal,
    atMost: postingsAtOnce,
    full,
    onDocument: ({ size }) => known.ids.length % 10_000 === 0 && report(spilled + size, 0),
  });
  if (segments.length === 0) {
    const { size } = part;
    const postings = invertedWhole(known, part);
    report(size, size);
    return postings;
  }
  full(part);
  const order = idOrder(known.ids);
  const merged = await mergeSegments(segments, order, known.terms.size, {
    folder: building,
    atMost: postingsAtOnce,
    signal,
    onMerged: (postings) => report(spilled, postings),
  });
  const sum = (name: "counted" | "tokens"): number => segments.reduce((total, { meta }) => total + meta[name]!, 0);
  return {
    documents: known.ids.length,
    counted: sum("counted"),
    tokens: sum("tokens"),
    ...merged,
    ...vocabulary(known, order),
  };
}

const sizesOf = ({ ids, terms, pairs }: Known): Before => ({
  documents: ids.length,
  terms: terms.size,
  pairs: pairs.size,
});

/** The error for the caller: it says what is left of the work, and how to continue. */
function explained(error: NodeJS.ErrnoException, folder: string, kept: number): Error {
  const { code, name, message } = error;
  const resume =
    kept > 0
      ? `the first ${kept} documents are kept, to go on from when the same corpus is indexed again`
      : "nothing is kept of it";
  if (name === "Interrupted") return new Interrupted(`indexing into ${folder} (${resume})`, { cause: error });
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  const full = new Error(
    `${folder}: the disk is full (${message}). An index that was there is as it was; ${resume}. ` +
      "Free some space, at most 20 bytes for every word of the corpus, and index again",
    { cause: error },
  );
  return Object.assign(full, { code });
}

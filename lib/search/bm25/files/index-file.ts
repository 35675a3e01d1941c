import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { openArrays, writeArrays, type ArraysFile, type Kind, type Spooled } from "./arrays-file";
import { listsOnDisk } from "./lists-on-disk";
import type { Collection, Postings, PostingLists } from "../postings/postings";

/** The file DIR/bm25.index. Its header holds `documents`, `counted` and `tokens` of Postings. */
const index = {
  magic: "DRBM25\n1",
  fix: "Build the index again: deepretrieval index build",
  types: {
    idUnits: Uint16Array,
    idEnds: Uint32Array,
    termUnits: Uint16Array,
    termEnds: Uint32Array,
    termSlots: Uint32Array,
    starts: Uint32Array,
    docs: Int32Array,
    pairs: Uint16Array,
    frequencies: Uint32Array,
    lengths: Uint8Array,
  },
} satisfies Kind<
  Readonly<
    Record<string, Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor | Int32ArrayConstructor>
  >
>;

export const indexFile = (folder: string): string => join(folder, "bm25.index");

/** Throws RangeError if `folder` has a bm25.index that no version of this library wrote: a build would replace it. */
export function expectOwnIndex(folder: string): void {
  const file = indexFile(folder);
  if (!existsSync(file)) return;
  const start = Buffer.alloc(6);
  const handle = openSync(file, "r");
  const read = readSync(handle, start);
  closeSync(handle);
  if (read > 0 && start.toString("latin1") !== index.magic.slice(0, 6))
    throw new RangeError(
      `buildIndex: ${file} is no index of ours, and would be replaced. Name another folder, or move the file.`,
    );
}

/** An index whose postings may be in files, as a merge leaves them. */
export type Indexed = Omit<Postings, "docs" | "pairs"> & {
  readonly docs: Int32Array | Spooled;
  readonly pairs: Uint16Array | Spooled;
};

/**
 * Writes an index into `folder`, whole or not at all: until the last byte is on disk, an older index is not changed.
 * Returns its length in bytes.
 */
export function writePostings(folder: string, { ids, terms, documents, counted, tokens, ...rest }: Indexed): number {
  return writeArrays(
    indexFile(folder),
    index,
    { documents, counted, tokens },
    {
      idUnits: ids.units,
      idEnds: ids.ends,
      termUnits: terms.units,
      termEnds: terms.ends,
      termSlots: terms.slots,
      ...rest,
    },
  );
}

/** Reads an index into memory that worker threads can share. Throws CorruptData for a missing or changed byte. */
export function readPostings(folder: string): Postings {
  const file = openArrays(indexFile(folder), index);
  try {
    return { ...collectionOf(file), docs: file.load("docs"), pairs: file.load("pairs") };
  } finally {
    file.close();
  }
}

/** Reads an index without its postings, whose checksums are compared. Throws like readPostings. */
export function readCollection(folder: string): Collection {
  const file = openArrays(indexFile(folder), index);
  try {
    const collection = collectionOf(file);
    file.check("docs");
    file.check("pairs");
    return collection;
  } finally {
    file.close();
  }
}

/** Postings that stay on disk; see listsOnDisk. The caller closes them. */
export function openLists(
  folder: string,
  { starts }: Collection,
  cacheBytes: number,
): { readonly lists: PostingLists; close(): void } {
  const file = openArrays(indexFile(folder), index);
  return { lists: listsOnDisk(file, starts, cacheBytes), close: file.close };
}

function collectionOf({ meta, load }: ArraysFile<typeof index.types>): Collection {
  const { documents, counted, tokens } = meta as { documents: number; counted: number; tokens: number };
  return {
    documents,
    counted,
    tokens,
    ids: { units: load("idUnits"), ends: load("idEnds") },
    terms: { units: load("termUnits"), ends: load("termEnds"), slots: load("termSlots") },
    starts: load("starts"),
    frequencies: load("frequencies"),
    lengths: load("lengths"),
  };
}

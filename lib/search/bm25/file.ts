import { join } from "node:path";
import { openArrays, writeArrays, type Kind, type Spooled } from "./arrays-file";
import type { Postings } from "./postings";

/** DIR/bm25.index. Its header has `documents`, `counted` and `tokens` of Postings. */
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
} satisfies Kind<Readonly<Record<string, Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor | Int32ArrayConstructor>>>;

export const indexFile = (folder: string): string => join(folder, "bm25.index");

/** An index whose postings may be in files, as they come out of a merge. */
export type Indexed = Omit<Postings, "docs" | "pairs"> & { readonly docs: Int32Array | Spooled; readonly pairs: Uint16Array | Spooled };

/** Writes an index into `folder`, whole or not at all: until the last byte is on the disk, an older index stays as it was. Returns its bytes. */
export function writePostings(folder: string, { ids, terms, documents, counted, tokens, ...rest }: Indexed): number {
  return writeArrays(indexFile(folder), index, { documents, counted, tokens }, { idUnits: ids.units, idEnds: ids.ends, termUnits: terms.units, termEnds: terms.ends, termSlots: terms.slots, ...rest });
}

/** Reads an index into memory that worker threads can share. Throws CorruptData where a byte of it is missing or changed. */
export function readPostings(folder: string): Postings {
  const file = openArrays(indexFile(folder), index);
  const { documents, counted, tokens } = file.meta as { documents: number; counted: number; tokens: number };
  const { load } = file;
  try {
    return { documents, counted, tokens, ids: { units: load("idUnits"), ends: load("idEnds") }, terms: { units: load("termUnits"), ends: load("termEnds"), slots: load("termSlots") }, starts: load("starts"), docs: load("docs"), pairs: load("pairs"), frequencies: load("frequencies"), lengths: load("lengths") };
  } finally {
    file.close();
  }
}

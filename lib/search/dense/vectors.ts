import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { CorruptData } from "../../core/errors";

/** Documents as vectors. */
export interface Vectors {
  readonly ids: readonly string[]; // [N]
  readonly data: Float32Array; // [N·D]
  readonly dimensions: number; // D
  readonly encoder: string; // the encoder that made them; queries must be embedded by the same one
}

/** The vectors of an index on disk. */
export interface StoredVectors extends Vectors {
  readonly sha256: string; // of vectors.f32
}

/** The description of an index, beside its vectors. */
export interface VectorsMeta {
  readonly encoder: string;
  readonly dimensions: number;
  readonly documents: number;
  readonly sha256: string; // of vectors.f32
}

/** The files of an index in its folder. The last one is written last. */
export const vectorFiles = { vectors: "vectors.f32", ids: "ids.jsonl", meta: "dense.json" } as const;

/** The encoder of the index in `folder`; undefined where there is no dense index. */
export function encoderOf(folder: string): string | undefined {
  const file = join(folder, vectorFiles.meta);
  return existsSync(file) ? readMeta(file).encoder : undefined;
}

function readMeta(file: string): VectorsMeta {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as VectorsMeta;
  } catch (cause) {
    throw new CorruptData(file, cause instanceof Error ? cause.message : String(cause), "Build the index again.", {
      cause,
    });
  }
}

const pieceBytes = 64 * 2 ** 20;

/** Reads an index that `buildDense` wrote. Throws CorruptData with the name of the file. */
export function readVectors(folder: string): StoredVectors {
  const at = (name: keyof typeof vectorFiles) => join(folder, vectorFiles[name]);
  const damaged = (file: string, why: string) => new CorruptData(file, why, "Build the index again.");
  if (!existsSync(at("meta"))) throw damaged(at("meta"), "there is no finished dense index here");
  const meta = readMeta(at("meta"));
  let ids: string[];
  try {
    ids = readFileSync(at("ids"), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as string);
  } catch (cause) {
    throw new CorruptData(at("ids"), cause instanceof Error ? cause.message : String(cause), "Build the index again.", {
      cause,
    });
  }
  const { dimensions, documents, encoder, sha256 } = meta;
  if (ids.length !== documents) throw damaged(at("ids"), `it has ${ids.length} ids, dense.json promises ${documents}`);
  const data = new Float32Array(documents * dimensions);
  const bytes = new Uint8Array(data.buffer);
  const hash = createHash("sha256");
  const handle = openSync(at("vectors"), "r");
  try {
    const { size } = fstatSync(handle);
    if (size !== bytes.length)
      throw damaged(at("vectors"), `it has ${size} bytes, ${documents} vectors of ${dimensions} take ${bytes.length}`);
    for (let done = 0; done < size; ) {
      // one read may not exceed 2 GB
      const read = readSync(handle, bytes, done, Math.min(pieceBytes, size - done), done);
      hash.update(bytes.subarray(done, done + read));
      done += read;
    }
  } finally {
    closeSync(handle);
  }
  if (hash.digest("hex") !== sha256) throw damaged(at("vectors"), "its checksum is wrong");
  return { ids, data, dimensions, encoder, sha256 };
}

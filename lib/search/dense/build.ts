import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData, throwIfAborted } from "../../core/errors";
import { abortSignal, whole } from "../../core/ranges";
import { checkOptions } from "../../core/settings";
import type { Embedder } from "../../core/roles";
import { projectPath } from "../../data/paths";
import type { Documents, SearchDocument } from "../../core/documents";
import { sha256Of } from "./checksum";
import { vectorFiles, type VectorsMeta } from "./vectors";

/** The progress of an index build. */
export interface DenseProgress {
  readonly documents: number; // the documents that are embedded, including those of an earlier run
  readonly seconds: number;
}

/** Settings of `buildDense`. */
export interface DenseBuildOptions {
  /** Documents that are embedded at once, 256 by default. An interruption loses at most so many. */
  readonly batch?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Embeds `documents` into `folder`, from which `dense(folder, embedder)` searches. It writes vectors.f32 (float32,
 * little-endian, one vector after the other), ids.jsonl and dense.json. It yields after every batch. To stop it, stop
 * iterating.
 *
 * It continues an earlier run with the same encoder, if its documents begin with the same ids. A finished index is kept
 * until the new one is complete. Throws CorruptData for two documents with one id; RangeError if the unfinished index
 * belongs to another encoder; Interrupted.
 */
export async function* buildDense(
  documents: Documents,
  embedder: Embedder,
  folder: string,
  options: DenseBuildOptions = {},
): AsyncGenerator<DenseProgress, void> {
  checkOptions("buildDense", options, { batch: whole(1), signal: abortSignal });
  const { batch = 256, signal } = options;
  const root = projectPath(folder);
  expectOwn(root);
  mkdirSync(root, { recursive: true });
  const began = performance.now();
  const parts = openParts(root, embedder.name);
  const seen = new Set<string>();
  try {
    let pending: SearchDocument[] = [];
    const flush = async (): Promise<DenseProgress> => {
      throwIfAborted(signal, "indexing");
      parts.add(
        pending.map(({ id }) => id),
        await embedder.embed(
          pending.map(({ contents }) => contents),
          { as: "passage", ...(signal && { signal }) },
        ),
      );
      pending = [];
      return { documents: parts.ids.length, seconds: (performance.now() - began) / 1000 };
    };
    for await (const document of documents) {
      if (seen.has(document.id))
        throw new CorruptData(
          folder,
          `two documents have the id ${JSON.stringify(document.id)}`,
          "An id names one document: remove or rename one.",
        );
      seen.add(document.id);
      if (seen.size <= parts.known) {
        if (parts.ids[seen.size - 1] !== document.id)
          throw new RangeError(
            `buildDense: document ${seen.size} is ${JSON.stringify(document.id)}, ` +
              `but the unfinished index in ${root} has ${JSON.stringify(parts.ids[seen.size - 1])} there. ` +
              "Pass the same documents, or remove the folder.",
          );
        continue;
      }
      pending.push(document);
      if (pending.length === batch) yield await flush();
    }
    if (seen.size < parts.ids.length)
      throw new RangeError(
        `buildDense: the unfinished index in ${root} holds ${parts.ids.length} documents, ` +
          `more than the ${seen.size} given. Remove the folder.`,
      );
    if (pending.length || parts.ids.length === 0) yield await flush();
    await parts.finish();
  } finally {
    parts.close();
  }
}

/**
 * Throws RangeError if `root` has files with the names of an index's files that this library did not write: a build
 * would replace them.
 */
function expectOwn(root: string): void {
  const there = [...Object.values(vectorFiles), ...Object.values(vectorFiles).map((name) => `${name}.part`)].filter(
    (name) => existsSync(join(root, name)),
  );
  if (
    there.length === 0 ||
    firstLineHas(join(root, vectorFiles.meta), ["encoder", "dimensions"]) ||
    firstLineHas(join(root, `${vectorFiles.ids}.part`), ["encoder", "dimensions"])
  )
    return;
  // a run that ended before its first batch left these
  if (there.every((name) => name.endsWith(".part") && statSync(join(root, name)).size === 0)) return;
  throw new RangeError(
    `buildDense: ${root} has ${there.join(" and ")}, which no index of ours wrote, and an index would replace. ` +
      "Name another folder, or move what is there.",
  );
}

/** Whether the first line of `file` is JSON with these keys. */
function firstLineHas(file: string, keys: readonly string[]): boolean {
  try {
    const value = JSON.parse(readFileSync(file, "utf8").split("\n", 1)[0]!) as unknown;
    return typeof value === "object" && value !== null && keys.every((key) => key in value);
  } catch {
    return false; // the file is absent, or holds no JSON
  }
}

/** The unfinished files of an index, cut to the vectors and ids that are complete. */
function openParts(root: string, encoder: string) {
  const part = (name: keyof typeof vectorFiles) => join(root, `${vectorFiles[name]}.part`);
  const lines = existsSync(part("ids")) ? readFileSync(part("ids"), "utf8").split("\n").slice(0, -1) : [];
  const header = lines.length ? (JSON.parse(lines.shift()!) as { encoder: string; dimensions: number }) : undefined;
  if (header && header.encoder !== encoder)
    throw new RangeError(
      `buildDense: ${root} holds an unfinished index by ${header.encoder}, not ${encoder}. ` +
        "Use the same encoder, or remove the folder.",
    );
  let dimensions = header?.dimensions ?? 0;
  const handle = openSync(part("vectors"), existsSync(part("vectors")) ? "r+" : "w+");
  const idsHandle = openSync(part("ids"), "a");
  const ids = lines.map((line) => JSON.parse(line) as string); // an id is written after its vector
  ftruncateSync(handle, ids.length * dimensions * 4);
  return {
    ids,
    known: ids.length,
    add(added: readonly string[], vectors: Float32Array): void {
      const width = added.length ? vectors.length / added.length : dimensions;
      if (!Number.isInteger(width) || (dimensions && width !== dimensions))
        throw new RangeError(
          `buildDense: ${added.length} texts came back as ${vectors.length} numbers; ` +
            `${dimensions || "whole"} dimensions each are needed.`,
        );
      let text = "";
      if (!dimensions) text = `${JSON.stringify({ encoder, dimensions: (dimensions = width) })}\n`;
      const bytes = Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength);
      for (let done = 0; done < bytes.length; )
        done += writeSync(handle, bytes, done, bytes.length - done, ids.length * dimensions * 4 + done);
      fsyncSync(handle);
      ids.push(...added);
      writeSync(idsHandle, text + added.map((id) => `${JSON.stringify(id)}\n`).join(""));
    },
    async finish(): Promise<void> {
      fsyncSync(handle);
      const meta: VectorsMeta = { encoder, dimensions, documents: ids.length, sha256: await sha256Of(part("vectors")) };
      rmSync(join(root, vectorFiles.meta), { force: true }); // from here until the end the folder holds no index
      renameSync(part("vectors"), join(root, vectorFiles.vectors));
      writeAtomic(join(root, vectorFiles.ids), ids.map((id) => `${JSON.stringify(id)}\n`).join(""));
      writeAtomic(join(root, vectorFiles.meta), JSON.stringify(meta));
      rmSync(part("ids"));
    },
    close(): void {
      closeSync(handle);
      closeSync(idsHandle);
    },
  };
}

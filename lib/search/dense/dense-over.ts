import { throwIfAborted } from "../../core/errors";
import type { SearchDocument } from "../../core/documents";
import type { Embedder } from "../../core/roles";
import { dense, type Dense, type DenseOptions } from "./dense";

const batch = 256; // documents embedded at once

/**
 * Makes a dense engine of documents in memory, for tasks that build their own:
 * `beir({ folder, engine: denseOver(encoder) })`. For collections that do not fit into memory, or that are searched
 * more than once, build an index: `buildDense`.
 *
 * The engine throws what `embedder.embed` throws; the caller disposes of it.
 */
export const denseOver =
  (embedder: Embedder, options: DenseOptions & { readonly signal?: AbortSignal } = {}) =>
  async (documents: readonly SearchDocument[]): Promise<Dense> => {
    const { signal, ...settings } = options;
    const parts: Float32Array[] = [];
    for (let from = 0; from < documents.length; from += batch) {
      throwIfAborted(signal, "embedding");
      const texts = documents.slice(from, from + batch).map(({ contents }) => contents);
      parts.push(await embedder.embed(texts, { as: "passage", ...(signal && { signal }) }));
    }
    const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    const ids = documents.map(({ id }) => id);
    return dense(
      { ids, data, dimensions: data.length / (ids.length || 1), encoder: embedder.name },
      embedder,
      settings,
    );
  };

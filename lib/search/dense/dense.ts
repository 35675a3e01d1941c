import { throwIfAborted } from "../../core/errors";
import type { SearchResult } from "../../core/records";
import type { Embedder, InnerProducts, SearchEngine, SearchOptions } from "../../core/roles";
import { whole } from "../../core/ranges";
import { settings } from "../../core/settings";
import { projectPath } from "../../data/paths";
import { Best } from "./best";
import { buildGraph, graphDefaults } from "./graph";
import { storedGraph } from "./graph-file";
import { readVectors, type Vectors } from "./vectors";

/** Settings of a dense engine. */
export const denseDefaults = {
  ...graphDefaults,
  /**
   * Whether an HNSW graph is searched instead of all vectors. In a folder the graph is saved and read the next time.
   */
  approximate: false,
  /** Vectors that are compared at once. */
  block: 65_536,
  /** The name in reports and errors; "" for the encoder and the number of documents. */
  name: "",
};
/** Settings of `dense`; what is left out is the default. */
export type DenseOptions = Partial<typeof denseDefaults>;

/** A dense engine over vectors in memory. */
export interface Dense extends SearchEngine {
  readonly size: number; // documents
  /** Runs many queries at once, several times faster than one by one. The results are in the order of the queries. */
  searchAll(queries: readonly string[], k: number, options?: SearchOptions): Promise<SearchResult[]>;
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

/**
 * Ranks documents by the inner product of their vectors with the query's vector (dense retrieval, Karpukhin et al.
 * 2020). The ranking is exact, with equal scores in the order of the documents, or, with `approximate`, by a graph.
 *
 * @param source the folder of an index (`buildDense`), or vectors, which are borrowed
 * @param embedder embeds the queries; it must be the encoder that made the vectors
 *
 * No query throws. Every document matches, so `total` is their number. Throws CorruptData for a damaged index;
 * TypeError for another embedder than the index's, and for a `maxDate`, since vectors hold no dates; and every error of
 * `embed`. Dispose of it after use.
 */
export async function dense(source: string | Vectors, embedder: Embedder, options: DenseOptions = {}): Promise<Dense> {
  const { approximate, block, name, ...graphSettings } = settings("dense", denseDefaults, options, {
    connectivity: whole(2),
    expansionAdd: whole(1),
    expansionSearch: whole(1),
  });
  const stored = typeof source === "string" ? readVectors(projectPath(source)) : undefined;
  const vectors = stored ?? (source as Vectors);
  const { ids, data, dimensions } = vectors;
  if (vectors.encoder !== embedder.name)
    throw new TypeError(
      `dense: the vectors are by ${vectors.encoder}, the queries would be by ${embedder.name}. ` +
        "Use the same encoder, or build the index again.",
    );
  if (data.length !== ids.length * dimensions)
    throw new RangeError(
      `dense: ${ids.length} ids and ${data.length} numbers; ` +
        `${ids.length} vectors of ${dimensions} take ${ids.length * dimensions}.`,
    );
  const graph = !approximate
    ? undefined
    : stored
      ? await storedGraph(projectPath(source as string), stored, graphSettings)
      : await buildGraph(vectors, graphSettings);
  const blocks: InnerProducts[] = [];
  for (let from = 0; !graph && from < ids.length; from += block) {
    const part = data.subarray(from * dimensions, Math.min(from + block, ids.length) * dimensions);
    blocks.push((embedder.products ?? plainProducts)(part, dimensions));
  }

  async function searchAll(
    queries: readonly string[],
    k: number,
    { maxDate, signal }: SearchOptions = {},
  ): Promise<SearchResult[]> {
    throwIfAborted(signal, "search");
    if (!(k >= 0)) throw new RangeError(`search: k is ${k}; it must be 0 or more hits.`);
    if (maxDate !== undefined)
      throw new TypeError(
        `search: maxDate is "${maxDate}", but vectors know no dates. Leave it out, or index only what may be found.`,
      );
    if (ids.length === 0) return queries.map(() => ({ hits: [], total: 0, warnings: ["the index is empty"] }));
    if (queries.length === 0) return [];
    const most = Math.floor(Math.min(k, ids.length));
    const embedded = await embedder.embed(queries, { as: "query", ...(signal && { signal }) });
    if (embedded.length !== queries.length * dimensions)
      throw new RangeError(
        `dense: ${queries.length} queries came back as ${embedded.length} numbers; ` +
          `the index has ${dimensions} dimensions.`,
      );
    const rankings = graph
      ? queries.map((_, q) => graph.search(embedded.subarray(q * dimensions, (q + 1) * dimensions), most))
      : await exact(embedded, most, signal);
    return rankings.map(({ numbers, scores }) => ({
      hits: numbers.map((document, rank) => ({ docId: ids[document]!, score: scores[rank]! })),
      total: ids.length,
      warnings: [],
    }));
  }

  async function exact(queries: Float32Array, k: number, signal: AbortSignal | undefined) {
    const best = Array.from({ length: queries.length / dimensions }, () => new Best(k));
    for (const [b, products] of blocks.entries()) {
      throwIfAborted(signal, "search");
      const scores = await products.of(queries);
      const width = scores.length / best.length;
      for (const [q, mine] of best.entries()) mine.offer(scores.subarray(q * width, (q + 1) * width), b * block);
    }
    return best.map((mine) => mine.ranked());
  }

  return {
    name: name || `${embedder.name} over ${ids.length} documents`,
    size: ids.length,
    search: async (query, k, options) => (await searchAll([query], k, options))[0]!,
    searchAll,
    dispose: () => blocks.forEach((products) => products.dispose()),
  };
}

/** Inner products without a tensor library. */
const plainProducts = (vectors: Float32Array, dimensions: number): InnerProducts => ({
  async of(queries) {
    const documents = vectors.length / dimensions;
    const products = new Float32Array((queries.length / dimensions) * documents);
    for (let i = 0; i < products.length; i++) {
      const q = Math.floor(i / documents) * dimensions;
      const d = (i % documents) * dimensions;
      let sum = 0;
      for (let j = 0; j < dimensions; j++) sum += queries[q + j]! * vectors[d + j]!;
      products[i] = sum;
    }
    return products;
  },
  dispose: () => undefined,
});

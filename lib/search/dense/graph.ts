import { SearchUnavailable } from "../../core/errors";
import type { Index } from "usearch";
import type { Vectors } from "./vectors";

/** Approximate search: the k nearest documents of a query [D], best first. */
export interface Graph {
  search(query: Float32Array, k: number): { readonly numbers: readonly number[]; readonly scores: readonly number[] };
  save(file: string): void;
}

/** Settings of an HNSW graph (Malkov & Yashunin 2016). */
export const graphDefaults = {
  /** M: neighbours of a vector. */
  connectivity: 16,
  /** ef_construction: candidates while the graph is built. */
  expansionAdd: 128,
  /** ef: candidates while searching, at least k. More candidates find more and take longer. */
  expansionSearch: 64,
  /** Threads while the graph is built; 0 for all. */
  threads: 0,
};

const step = 4096; // vectors that are added at once

/**
 * Builds an HNSW graph of the vectors with usearch, by inner product, with float32 vectors. It yields control between
 * parts. Throws SearchUnavailable if usearch has no build for the platform.
 */
export async function buildGraph({ data, dimensions, ids }: Vectors, settings: typeof graphDefaults): Promise<Graph> {
  const index = await emptyIndex(dimensions, settings);
  for (let from = 0; from < ids.length; from += step) {
    const to = Math.min(from + step, ids.length);
    index.add(
      BigUint64Array.from({ length: to - from }, (_, i) => BigInt(from + i)),
      data.subarray(from * dimensions, to * dimensions),
      settings.threads,
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  return graphOf(index, ids.length);
}

/** The graph of `documents` vectors that `save` wrote to `file`. The caller has checked the file. */
export async function loadGraph(
  file: string,
  dimensions: number,
  documents: number,
  settings: typeof graphDefaults,
): Promise<Graph> {
  const index = await emptyIndex(dimensions, settings);
  index.load(file);
  return graphOf(index, documents);
}

const graphOf = (index: Index, documents: number): Graph => ({
  search(query, k) {
    if (documents === 0 || k === 0) return { numbers: [], scores: [] };
    const { keys, distances } = index.search(query, Math.min(k, documents), 1);
    // usearch gives a distance of 1 − inner product
    return { numbers: Array.from(keys, Number), scores: Array.from(distances, (distance) => 1 - distance) };
  },
  save: (file) => index.save(file),
});

async function emptyIndex(
  dimensions: number,
  { connectivity, expansionAdd, expansionSearch }: typeof graphDefaults,
): Promise<Index> {
  const { Index, MetricKind, ScalarKind } = await usearch();
  return new Index({
    dimensions,
    metric: MetricKind.IP,
    quantization: ScalarKind.F32,
    connectivity,
    expansion_add: expansionAdd,
    expansion_search: expansionSearch,
    multi: false,
  });
}

async function usearch(): Promise<typeof import("usearch")> {
  try {
    return await import("usearch");
  } catch (cause) {
    throw new SearchUnavailable(
      "The approximate index",
      `usearch does not load here: ${cause instanceof Error ? cause.message : String(cause)}`,
      "Search exactly, without { approximate }: it needs no native code.",
      { cause },
    );
  }
}

import type { SearchResult, Hit } from "../../core/records";
import type { SearchEngine, SearchOptions } from "../../core/roles";
import type { Rewritten } from "./rewrite";

/** What a query found, as JSON. */
export interface FoundRecord {
  readonly query: string;
  readonly hits: readonly { readonly doc_id: string; readonly score: number }[]; // best first
  readonly total: number; // matches before the cut at k
  readonly warnings: readonly string[];
}

/** A rewrite and what it found; with what the question as typed found, where that was asked for. */
export interface RewriteAndFound extends Omit<Rewritten, "timings"> {
  readonly engine: string;
  readonly results: FoundRecord;
  readonly original_results?: FoundRecord;
  readonly timings: Rewritten["timings"] & { readonly search: number };
}

/**
 * Searches with a rewrite, and with `compare` also with the question as typed. Throws SearchUnavailable where the
 * engine is down: that is never an empty result.
 */
export async function searchRewritten(
  engine: SearchEngine,
  rewrite: Rewritten,
  k: number,
  { compare = false, ...options }: SearchOptions & { readonly compare?: boolean } = {},
): Promise<RewriteAndFound> {
  const began = performance.now();
  const { query, original, timings } = rewrite;
  const [results, typed] = await Promise.all([
    engine.search(query, k, options),
    compare ? engine.search(original, k, options) : undefined,
  ]);
  const search = Number(((performance.now() - began) / 1000).toFixed(6));
  return {
    ...rewrite,
    engine: engine.name,
    results: foundRecord(query, results),
    ...(typed && { original_results: foundRecord(original, typed) }),
    timings: { ...timings, search },
  };
}

const foundRecord = (query: string, { hits, total, warnings }: SearchResult): FoundRecord => ({
  query,
  hits: hits.map(({ docId, score }: Hit) => ({ doc_id: docId, score })),
  total,
  warnings,
});

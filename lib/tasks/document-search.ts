import { throwIfAborted } from "../core/errors";
import type { Problem, SearchResult } from "../core/records";
import type { SearchEngine } from "../core/roles";

/** The first `k` hits of `query` that were published in time for `problem`. Throws Interrupted when `signal` fires. */
export async function documentSearch(
  engine: SearchEngine,
  k: number,
  { maxDate }: Pick<Problem, "maxDate">,
  query: string,
  signal: AbortSignal | undefined,
): Promise<SearchResult> {
  throwIfAborted(signal, "search");
  return engine.search(query, k, { ...(maxDate && { maxDate }), ...(signal && { signal }) });
}

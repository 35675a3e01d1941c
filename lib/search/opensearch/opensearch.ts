import { SearchUnavailable, throwIfAborted } from "../../core/errors";
import { mapLimit } from "../../core/limit";
import type { SearchResult } from "../../core/records";
import type { SearchEngine, SearchOptions } from "../../core/roles";
import { settings } from "../../core/settings";
import { postJson } from "../../core/http/post-json";
import { addressOf } from "./address";
import { type EngineError, passingFault, reasonOf, tooManyClauses } from "./faults";

/** Settings of a client of OpenSearch or Elasticsearch. */
export const openSearchDefaults = {
  /** as in reports and errors; "" for the index and the server */
  name: "",
  /** what is searched, as `buildOpenSearch` calls it */
  field: "contents",
  /** a keyword field that orders equal scores; "" leaves them as they come */
  tieBreak: "id",
  /** queries in a request */
  batch: 32,
  /** requests at a time */
  inFlight: 2,
  attempts: 5,
  /** of one attempt */
  timeoutSeconds: 60,
  /** of the header: "Basic …", "ApiKey …" */
  authorization: "",
};

/** A search engine that runs elsewhere. */
export interface OpenSearch extends SearchEngine {
  /** Many queries in a few requests (_msearch). In order. */
  searchAll(queries: readonly string[], k: number, options?: SearchOptions): Promise<SearchResult[]>;
}

const mostHits = 10_000; // index.max_result_window

/**
 * BM25 over `index` of the server at `url`, for corpora past one machine. Over an index of `buildOpenSearch` hits are
 * those of `bm25`: the same analyzer, similarity and order of ties, and words that repeat count again. Scores are k1 +
 * 1 times as high: OpenSearch and Elasticsearch keep the factor that Lucene has dropped.
 *
 * `total` is exact up to 10,000 and then a lower bound. No query throws: one of more words than the server takes
 * (1,024) has no hits and a warning. A `maxDate` is refused with a TypeError, as is what would meet all queries alike:
 * a field that cannot be searched or sorted by. Throws RangeError for k above 10,000 and for an index that is not
 * there, SearchUnavailable where the server does not answer for all of its shards after several attempts, Interrupted.
 */
export function openSearch(url: string, index: string, options: Partial<typeof openSearchDefaults> = {}): OpenSearch {
  const { name, field, tieBreak, batch, inFlight, authorization, ...patience } = settings(
    "openSearch",
    openSearchDefaults,
    options,
  );
  const called = name || `index ${index} at ${url}`;
  const root = addressOf(url, index);
  const sort = ["_score", ...(tieBreak ? [{ [tieBreak]: "asc" }] : [])];

  async function searchAll(
    queries: readonly string[],
    k: number,
    { maxDate, signal }: SearchOptions = {},
  ): Promise<SearchResult[]> {
    throwIfAborted(signal, "search");
    if (!(k >= 0 && k <= mostHits))
      throw new RangeError(`search: k is ${k}; it must be between 0 and ${mostHits} hits, the engine's window.`);
    if (maxDate !== undefined)
      throw new TypeError(
        `search: maxDate is "${maxDate}", but this index knows no dates. Leave it out, or index only what may be found.`,
      );
    const starts = Array.from({ length: Math.ceil(queries.length / batch) }, (_, i) => i * batch);
    const parts = await mapLimit(starts, inFlight, async (from) => {
      const some = queries.slice(from, from + batch);
      const body = some
        .map(
          (query) =>
            `{}\n${JSON.stringify({ query: { match: { [field]: { query } } }, size: Math.floor(k), sort, _source: false })}\n`,
        )
        .join("");
      const { status, json } = await postJson(called, `${root}/_msearch?search_type=dfs_query_then_fetch`, body, {
        ...patience,
        outage,
        ...(authorization && { headers: { authorization } }),
        ...(signal && { signal }),
      });
      const responses = (json as { responses?: Response[] } | null)?.responses;
      if (status === 404) throw missing(index, called);
      if (status >= 400 || responses?.length !== some.length)
        throw new SearchUnavailable(
          called,
          `HTTP ${status}, and no answer to ${some.length} queries: ${JSON.stringify(json).slice(0, 200)}`,
          "Is this the address of an OpenSearch or Elasticsearch server?",
        );
      return responses.map((response) => read(response, index, called));
    });
    return parts.flat();
  }
  return {
    name: called,
    searchAll,
    search: async (query, k, searchOptions) => (await searchAll([query], k, searchOptions))[0]!,
  };
}

/** One answer of _msearch. */
interface Response {
  readonly status?: number;
  readonly error?: EngineError;
  readonly timed_out?: boolean;
  readonly _shards?: { readonly failed?: number };
  readonly hits?: {
    readonly total?: { readonly value: number };
    readonly hits: readonly { readonly _id: string; readonly _score: number }[];
  };
}

/**
 * Why a reply is to be asked for again: itself, or one of its answers. Part of the corpus would be missing from a
 * result.
 */
function outage(status: number, json: unknown): string | undefined {
  const { responses = [], ...whole } = (json ?? {}) as { responses?: Response[] };
  return [{ ...whole, status }, ...responses].map(passingFault).find((why) => why !== undefined);
}

function read({ status, error, hits }: Response, index: string, called: string): SearchResult {
  if (error?.type === "index_not_found_exception") throw missing(index, called);
  if (error) {
    const why = reasonOf(error);
    if (tooManyClauses(error)) return { hits: [], total: 0, warnings: [`the engine cannot run the query: ${why}`] };
    if (status === 400 && error.type !== "index_closed_exception")
      throw new TypeError(
        `openSearch: ${called} refuses the search with HTTP 400: ${why}. See that \`field\` is a text and \`tieBreak\` a keyword of this index.`,
      );
    throw new SearchUnavailable(called, `HTTP ${status}: ${why}`, "See the server's log.");
  }
  if (!hits)
    throw new SearchUnavailable(
      called,
      "an answer without hits",
      "Is this the address of an OpenSearch or Elasticsearch server?",
    );
  const found = hits.hits.map(({ _id, _score }) => ({ docId: _id, score: _score }));
  const total = hits.total?.value ?? found.length;
  return { hits: found, total, warnings: total > 0 ? [] : ["no word of the query is in any document"] };
}

const missing = (index: string, called: string) =>
  new RangeError(`openSearch: there is no index "${index}" (${called}). Make it with buildOpenSearch.`);

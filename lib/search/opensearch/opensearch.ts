import { SearchUnavailable, throwIfAborted } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import type { SearchResult } from "../../core/records";
import type { SearchEngine, SearchOptions } from "../../core/roles";
import { settings } from "../../core/settings";
import { postJson } from "../../core/http/post-json";
import { addressOf } from "./address";
import { type EngineError, passingFault, reasonOf, tooManyClauses } from "./faults";

/** Settings of a client of OpenSearch or Elasticsearch. */
export const openSearchDefaults = {
  /** The name in reports and errors; "" for the index and the server. */
  name: "",
  /** The field that is searched. `buildOpenSearch` writes "contents". */
  field: "contents",
  /** A keyword field that orders equal scores; "" leaves their order to the server. */
  tieBreak: "id",
  /** Queries in one request. */
  batch: 32,
  /** Requests that are open at a time. */
  inFlight: 2,
  attempts: 5,
  /** Seconds that one attempt may take. */
  timeoutSeconds: 60,
  /** The authorization header: "Basic …" or "ApiKey …". */
  authorization: "",
};

/** A search engine on a server. */
export interface OpenSearch extends SearchEngine {
  /** Runs many queries in a few requests (_msearch). The results are in the order of the queries. */
  searchAll(queries: readonly string[], k: number, options?: SearchOptions): Promise<SearchResult[]>;
}

const mostHits = 10_000; // index.max_result_window

/**
 * BM25 over `index` of the server at `url`, for a corpus that is too large for one machine. Over an index of
 * `buildOpenSearch` the hits are those of `bm25`: analyzer, similarity and the order of equal scores are the same, and
 * a repeated word counts each time. Scores are k1 + 1 times as high, because OpenSearch and Elasticsearch keep a factor
 * that Lucene has dropped.
 *
 * `total` is exact up to 10,000, and then a lower bound. No query throws: a query of more words than the server takes
 * (1,024) has no hits and a warning. A `maxDate` is refused with a TypeError. So is a field that cannot be searched or
 * sorted by, since it fails for all queries alike. Throws RangeError for k above 10,000 and for an index that does not
 * exist; SearchUnavailable if the server does not answer for all of its shards after several attempts; Interrupted.
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
        `search: maxDate is "${maxDate}", but this index knows no dates. ` +
          "Leave it out, or index only what may be found.",
      );
    const size = Math.floor(k);
    const starts = Array.from({ length: Math.ceil(queries.length / batch) }, (_, i) => i * batch);
    const parts = await mapLimit(starts, inFlight, async (from) => {
      const some = queries.slice(from, from + batch);
      const body = some
        .map(
          (query) =>
            `{}\n${JSON.stringify({ query: { match: { [field]: { query } } }, size, sort, _source: false })}\n`,
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

/** One of the answers of _msearch. */
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
 * Why a request must be repeated: because of the reply, or of one of its answers, which lacks part of the corpus.
 * Undefined for a complete reply.
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
        `openSearch: ${called} refuses the search with HTTP 400: ${why}. ` +
          `See that \`field\` is a text and \`tieBreak\` a keyword of this index.`,
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

import { throwIfAborted } from "../../core/errors";
import type { Publication, SearchResult } from "../../core/records";
import type { SearchEngine, SearchOptions } from "../../core/roles";
import { settings } from "../../core/settings";
import { sendable } from "../remote/sendable";
import type { Question } from "../remote/exchange";
import { type KeepOptions, storesOf } from "../remote/kept";
import { remote } from "../remote/remote";
import { slashed } from "../max-date";
import { readFetch, readSummaries } from "./documents";
import { allPages, type Asking } from "./pages";

/** Settings of the E-utilities client. */
export const eutilsDefaults = {
  base: "https://eutils.ncbi.nlm.nih.gov/entrez/eutils", // the address of the .fcgi programs
  /** The name of the database, as EInfo lists it. */
  database: "pubmed",
  /**
   * The order of the hits: "relevance", "pub_date" and others; "" for ESearch's own order, as in the reference
   * implementation.
   */
  sort: "",
  /**
   * The first day of a search with a date limit, which NCBI requires. The reference implementation sends 1970/01/01.
   */
  minDate: "1800/01/01",
  /** Identifiers in one request, as in the reference implementation. NCBI gives at most 10,000. */
  pageSize: 5000,
  /** Requests a second; 0 for NCBI's limit, which is 3 without an API key and 10 with one. */
  requestsPerSecond: 0,
  /** Attempts at a request before it counts as an outage. With the waits between them they take about a minute. */
  attempts: 8,
  /** Seconds that one attempt may take. */
  timeoutSeconds: 30,
  /** Seconds before the first repeat. They double for each further one, up to 30. */
  backOffSeconds: 0.5,
  /** The seed of the jitter in the waiting times. */
  seed: 0,
};

export interface EutilsOptions extends Partial<typeof eutilsDefaults>, KeepOptions {
  /** The API key of an NCBI account. It is stored nowhere. */
  readonly apiKey?: string | undefined;
  /** The name of your program and your address. NCBI writes to it before it blocks. */
  readonly tool?: string | undefined;
  readonly email?: string | undefined;
}

/** A database of NCBI's Entrez as a search engine; PubMed by default. */
export interface Eutils extends SearchEngine {
  /** Whole records by PMID, in the order of the PMIDs, 200 in a request. PMIDs that do not exist are left out. */
  documents(
    pmids: readonly string[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<Publication, void>;
  /** The same records without abstracts and headings, which is smaller and faster. */
  summaries(
    pmids: readonly string[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<Publication, void>;
}

const batch = 200; // records in a request, as NCBI advises

/**
 * PubMed itself, through NCBI's E-utilities (https://www.ncbi.nlm.nih.gov/books/NBK25499/). With `{ database: "pmc" }`
 * it is another Entrez database.
 *
 * All clients in this process together keep to NCBI's limit of requests. Errors that may pass are repeated; then
 * SearchUnavailable is thrown. An outage is never a result. A message of PubMed's about a query is a warning in the
 * result.
 *
 * Hits are in ESearch's order. `total` counts all matches, but PubMed lists only the first 9,999: since 2022 NCBI
 * refuses a `retstart` above 9998, on the history server too, and asks to split a search by date instead. Other
 * databases are paged through the history server to any depth. `maxDate` is inclusive and limits the date of
 * publication.
 *
 * `cache`, `record` and `replay` set what is kept: see KeepOptions. A query with characters that cannot be sent (NUL,
 * half a surrogate pair) is repaired, with a warning. Long queries are posted.
 */
export function eutils(options: EutilsOptions = {}): Eutils {
  const { apiKey, tool, email, cache, record, replay, shared, ...rest } = options;
  const config = settings("eutils", eutilsDefaults, rest);
  const name = config.database === "pubmed" ? "PubMed" : `Entrez ${config.database}`;
  const ask = remote({
    name,
    ...config,
    requestsPerSecond: config.requestsPerSecond || (apiKey ? 10 : 3),
    gate: shared?.gate(new URL(config.base).host),
    ...storesOf("eutils", { cache, record, replay, shared }),
  });
  const secret = Object.fromEntries(
    Object.entries({ api_key: apiKey, tool, email }).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const question = (program: string, params: Readonly<Record<string, string>>): Question => ({
    url: `${config.base}/${program}.fcgi`,
    params: { db: config.database, ...params },
    secret,
    longForm: true,
    post: Object.values(params).join("").length > 1500, // NCBI asks for POST from "several hundred characters" on
  });

  async function* records(
    program: "efetch" | "esummary",
    pmids: readonly string[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Publication, void> {
    for (let at = 0; at < pmids.length; at += batch) {
      throwIfAborted(signal, "fetching records");
      const ids = pmids.slice(at, at + batch);
      const stray = ids.find((id) => !/^\d+$/.test(id));
      if (stray !== undefined)
        throw new RangeError(`eutils: ${JSON.stringify(stray)} is no PMID. A PMID is a number, like "12091962".`);
      const asked = question(program, { id: ids.join(","), retmode: program === "efetch" ? "xml" : "json" });
      const found = await ask(asked, program === "efetch" ? readFetch : readSummaries, signal ? { signal } : {});
      const byPmid = new Map(found.map((record) => [record.pmid, record]));
      for (const id of ids) if (byPmid.has(id)) yield byPmid.get(id)!;
    }
  }

  return {
    name,
    documents: (pmids, { signal } = {}) => records("efetch", pmids, signal),
    summaries: (pmids, { signal } = {}) => records("esummary", pmids, signal),
    async search(query: string, k: number, { maxDate, signal }: SearchOptions = {}): Promise<SearchResult> {
      throwIfAborted(signal, "search");
      if (!(k >= 0)) throw new RangeError(`search: k is ${k}; it must be 0 or more hits.`);
      const { text, warnings } = sendable(query);
      if (!text) return { hits: [], total: 0, warnings: [...warnings, "empty query", "no items found"] };
      const limits: Readonly<Record<string, string>> =
        maxDate === undefined ? {} : { datetype: "pdat", mindate: config.minDate, maxdate: slashed(maxDate) };
      const params: Readonly<Record<string, string>> = {
        term: text,
        retmode: "json",
        ...(config.sort ? { sort: config.sort } : {}),
        ...limits,
      };
      const asking =
        (fresh: boolean): Asking =>
        (program, more, read) =>
          ask(question(program, more), read, { fresh, ...(signal ? { signal } : {}) });
      const found = await allPages(k, params, {
        asking,
        pageSize: config.pageSize,
        limited: config.database === "pubmed",
      });
      return { ...found, warnings: [...warnings, ...found.warnings] };
    },
  };
}

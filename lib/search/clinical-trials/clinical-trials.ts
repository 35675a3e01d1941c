import { throwIfAborted } from "../../core/errors";
import type { SearchResult } from "../../core/records";
import type { SearchEngine, SearchOptions } from "../../core/roles";
import { settings } from "../../core/settings";
import { isoDay } from "../max-date";
import { type KeepOptions, storesOf } from "../remote/kept";
import { remote } from "../remote/remote";
import { sendable } from "../remote/sendable";
import { readStudies, type StudyPage } from "./studies";

/** Settings of the ClinicalTrials.gov client. */
export const clinicalTrialsDefaults = {
  base: "https://clinicaltrials.gov/api/v2",
  /** Studies in one request; the service gives no more. */
  pageSize: 1000,
  /** Requests a second. The service publishes no limit; NCBI, its host, allows 3 without a key. */
  requestsPerSecond: 3,
  /** Attempts at a request before it counts as an outage. With the waits between them they take about a minute. */
  attempts: 8,
  /** Seconds that one attempt may take. */
  timeoutSeconds: 30,
  /** Seconds before the first repeat. They double for each further one, up to 30. */
  backOffSeconds: 0.5,
  /** The seed of the jitter in the waiting times. */
  seed: 0,
};

export interface ClinicalTrialsOptions extends Partial<typeof clinicalTrialsDefaults>, KeepOptions {}

/**
 * ClinicalTrials.gov through its API v2 (https://clinicaltrials.gov/data-api/api). The query is `query.term`, and hits
 * are in the engine's order of relevance. A document is a study, and its identifier is the NCT number. Only this field
 * is transferred.
 *
 * Errors that may pass are repeated; then SearchUnavailable is thrown. An outage is never a result. A query that the
 * engine cannot parse finds nothing, and the engine's message is in `warnings`. The service takes no POST, so a query
 * that is too long for a URL finds nothing, with a warning.
 *
 * `maxDate` keeps studies that were first posted on that day or earlier. The reference implementation sets no date
 * limit here; to compare with it, search without one.
 */
export function clinicalTrials(options: ClinicalTrialsOptions = {}): SearchEngine {
  const { cache, record, replay, shared, ...rest } = options;
  const config = settings("clinicalTrials", clinicalTrialsDefaults, rest);
  const name = "ClinicalTrials.gov";
  const ask = remote({
    name,
    ...config,
    gate: shared?.gate(new URL(config.base).host),
    ...storesOf("clinicalTrials", { cache, record, replay, shared }),
  });
  return {
    name,
    async search(query: string, k: number, { maxDate, signal }: SearchOptions = {}): Promise<SearchResult> {
      throwIfAborted(signal, "search");
      if (!(k >= 0)) throw new RangeError(`search: k is ${k}; it must be 0 or more hits.`);
      const { text, warnings } = sendable(query);
      if (!text) return { hits: [], total: 0, warnings: [...warnings, "empty query", "no items found"] };
      const limits: Readonly<Record<string, string>> =
        maxDate === undefined ? {} : { "filter.advanced": `AREA[StudyFirstPostDate]RANGE[MIN,${isoDay(maxDate)}]` };
      const params = {
        "query.term": text,
        ...limits,
        fields: "NCTId",
        pageSize: String(Math.max(1, Math.min(config.pageSize, k))),
      };
      const pages: StudyPage[] = [];
      let found = 0;
      do {
        const token = pages.at(-1)?.next;
        const place: Readonly<Record<string, string>> =
          token === undefined ? { countTotal: "true" } : { pageToken: token };
        const page = await ask(
          { url: `${config.base}/studies`, params: { ...params, ...place } },
          readStudies(token !== undefined, text.length),
          signal ? { signal } : {},
        );
        pages.push(page);
        found += page.ids.length;
        if (!page.ids.length) break; // the service gave a token after the last study
      } while (found < k && pages.at(-1)!.next !== undefined);
      const ids = [...new Set(pages.flatMap((page) => page.ids))].slice(0, k);
      const total = pages[0]!.total ?? found;
      const due = Math.min(k, total);
      const short = found < due ? [`${found} studies came where ${due} were due`] : [];
      const told = [
        ...warnings,
        ...pages.flatMap((page) => page.warnings),
        ...short,
        ...(total === 0 ? ["no items found"] : []),
      ];
      return { hits: ids.map((docId, rank) => ({ docId, score: 1 / (rank + 1) })), total, warnings: told };
    },
  };
}

/** What a search engine allows, and how long one request takes. */
export interface SearchLimits {
  readonly requestsPerSecond: number; // Infinity where there is no limit
  readonly latencySeconds: number; // of one request
  readonly dollarsPerRequest: number;
}

/**
 * Search engines by name. PubMed: NCBI's E-utilities allow 3 requests a second, 10 with an API key; a request takes
 * 0.3 to 0.5 s, and both are free. ClinicalTrials.gov publishes no limit; `clinicalTrials` asks 3 times a second. Web
 * search: SerpAPI asks 75 dollars for 5,000 requests; its speed is not published, 1 s is assumed. A local index (BM25
 * behind the reward server of this project) answered 1,796 rewards a second on two cores.
 */
export const searchLimits = {
  PubMed: { requestsPerSecond: 10, latencySeconds: 0.4, dollarsPerRequest: 0 },
  "PubMed without key": { requestsPerSecond: 3, latencySeconds: 0.4, dollarsPerRequest: 0 },
  "ClinicalTrials.gov": { requestsPerSecond: 3, latencySeconds: 0.4, dollarsPerRequest: 0 },
  "web search": { requestsPerSecond: Infinity, latencySeconds: 1, dollarsPerRequest: 0.015 },
  "local index": { requestsPerSecond: 1796, latencySeconds: 0.001, dollarsPerRequest: 0 },
} as const satisfies Readonly<Record<string, SearchLimits>>;

export type SearchName = keyof typeof searchLimits;

/**
 * Seconds until `requests` are answered: the limit of the engine, or the latency of calls that wait for each other,
 * whichever is longer.
 *
 * @param inFlight requests at a time; 1 is one after another
 */
export const searchSeconds = (requests: number, inFlight: number, limits: SearchLimits): number =>
  Math.max(requests / limits.requestsPerSecond, (requests * limits.latencySeconds) / inFlight);

/**
 * The class of an error says where the cause is: in the call (TypeError, RangeError), in a file (CorruptData), in a
 * server (SearchUnavailable), or in a request to stop (Interrupted). Compare `name`, since `instanceof` fails across a
 * reloaded module.
 */

/**
 * Why a server could not answer. Each cause is the name of a counter in the metrics of a run.
 *
 *   network      no connection, or one that broke
 *   timeout      no reply in time
 *   rate_limit   HTTP 429, or a server that asks for a longer pause than we make
 *   server       HTTP 5xx and 408, 409, 425: the server's own trouble
 *   refused      a key, a login or a payment is missing: no repetition helps
 *   reply        a reply that cannot be read
 *   replay       a recorded engine that was down, or has no record of the query
 *   other        all else: a process that ended, a database that does not open
 */
export type OutageCause = (typeof outageCauses)[number];

/** Every cause, in the order in which they are logged. */
export const outageCauses = [
  "network",
  "timeout",
  "rate_limit",
  "server",
  "refused",
  "reply",
  "replay",
  "other",
] as const;

/**
 * The search engine, or another server that scoring needs, could not answer. It is not the model's fault, so it never
 * becomes a reward.
 */
export class SearchUnavailable extends Error {
  override readonly name = "SearchUnavailable";
  readonly outage: OutageCause;
  /** @param options `outage` is the cause that is counted, "other" if absent */
  constructor(
    readonly engine: string,
    why: string,
    fix: string,
    { outage = "other", ...options }: ErrorOptions & { readonly outage?: OutageCause } = {},
  ) {
    super(`${engine} did not answer: ${why}. ${fix}`, options);
    this.outage = outage;
  }
}

/** A file does not hold what its name promises. */
export class CorruptData extends Error {
  override readonly name = "CorruptData";
  constructor(
    readonly file: string,
    why: string,
    fix: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${why}. ${fix}`, options);
  }
}

/** The caller asked to stop. What was finished before is kept. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(what: string, options?: ErrorOptions) {
    super(`${what} was interrupted`, options);
  }
}

/** Throws Interrupted if `signal` has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new Interrupted(what, { cause: signal.reason });
}

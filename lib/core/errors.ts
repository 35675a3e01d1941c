/**
 * Whose move it is, by class: the caller's (TypeError, RangeError), the file's
 * (CorruptData), the world's (SearchUnavailable), nobody's (Interrupted).
 * Tell them apart by `name`: `instanceof` fails across a reloaded module.
 */

/** The search engine, or another server that an answer hangs on, could not answer. Not the model's fault: never a reward. */
export class SearchUnavailable extends Error {
  override readonly name = "SearchUnavailable";
  constructor(
    readonly engine: string,
    why: string,
    fix: string,
    options?: ErrorOptions,
  ) {
    super(`${engine} did not answer: ${why}. ${fix}`, options);
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

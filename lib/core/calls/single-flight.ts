import { Interrupted, throwIfAborted } from "../errors";

/** Makes one call for all who ask for the same key at the same time. */
type SingleFlight = <T>(
  key: string,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/**
 * Calls that are shared while they run. The 64 completions of one prompt often hold the same query, which is then sent
 * once. A caller that aborts stops waiting. The call itself is aborted when no caller waits any more. A key must stand
 * for one type of answer.
 */
export function singleFlight(): SingleFlight {
  const flights = new Map<string, { readonly answer: Promise<unknown>; readonly abort: () => void; waiting: number }>();
  return async <T>(
    key: string,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    throwIfAborted(signal, "search");
    let flight = flights.get(key);
    if (!flight) {
      const controller = new AbortController();
      const answer = call(controller.signal).finally(() => flights.get(key)?.answer === answer && flights.delete(key));
      answer.catch(() => undefined); // waiting callers receive the error; without callers it is not needed
      flight = { answer, abort: () => controller.abort(), waiting: 0 };
      flights.set(key, flight);
    }
    const own = flight;
    own.waiting++;
    try {
      return await (signal ? untilAborted(own.answer as Promise<T>, signal) : (own.answer as Promise<T>));
    } finally {
      if (--own.waiting === 0) {
        if (flights.get(key) === own) flights.delete(key); // no later caller may join an aborted call
        own.abort();
      }
    }
  };
}

function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new Interrupted("search", { cause: signal.reason }));
    signal.addEventListener("abort", leave, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

import { Interrupted, throwIfAborted } from "../../core/errors";
import { type Clock, wallClock } from "../../core/http/clock";

/** Lets requests to one host pass at a steady pace, in the order in which they came. */
export interface Gate {
  /** Runs `call` when fewer than `perSecond` requests of all callers left in the last second. */
  pass<T>(
    call: () => Promise<T>,
    options: { readonly perSecond: number; readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Lets nothing pass for `ms` milliseconds, because the host asked for it. */
  pause(ms: number): void;
}

const mostInFlight = 32; // requests that are open at a time; it bounds their number if the host does not answer
const second = 1040; // milliseconds that count as one second of the host's, since the time of travel varies
// At least this share of the mean distance lies between any two requests: no bursts, and late ones can catch up.
const evenness = 0.85;
const remembered = 1000; // departures that are remembered: the largest limit that can be kept

/**
 * The time at which the next request may leave. `perSecond` is the host's limit for any second, and the other times are
 * those of the latest departures.
 */
function due(departures: readonly number[], perSecond: number): number {
  const count = Math.max(1, Math.min(Math.floor(perSecond), remembered));
  const window = (second * count) / perSecond;
  return Math.max(
    (departures.at(-count) ?? -Infinity) + window,
    (departures.at(-1) ?? -Infinity) + (evenness * window) / count,
  );
}

/**
 * A gate with a sliding window over departures. With limit n, no request leaves within 1040 ms of the nth one before
 * it, even if a timer was late. The next requests make up for a late timer, so that the pace of n in 1.04 s holds on a
 * busy machine.
 */
export function gate(clock: Clock = wallClock): Gate {
  const waiting: { readonly enter: () => void; readonly perSecond: number }[] = [];
  const departures: number[] = [];
  let paused = 0; // the time until which the host asked for no requests
  let inFlight = 0;
  let pumping = false;

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (waiting.length && inFlight < mostInFlight) {
        const wait = Math.max(paused, due(departures, waiting[0]!.perSecond)) - clock.now();
        if (wait > 0) {
          await clock.sleep(wait); // then test again: meanwhile a pause may have begun, or a caller may have left
          continue;
        }
        departures.push(clock.now());
        if (departures.length > 2 * remembered) departures.splice(0, remembered);
        inFlight++;
        waiting.shift()!.enter();
      }
    } finally {
      pumping = false;
    }
  }

  const turn = (perSecond: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const withdraw = (): void => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(new Interrupted("waiting for a turn", { cause: signal?.reason }));
      };
      const waiter = {
        perSecond,
        enter: () => {
          signal?.removeEventListener("abort", withdraw);
          resolve();
        },
      };
      waiting.push(waiter);
      signal?.addEventListener("abort", withdraw, { once: true });
      void pump();
    });

  return {
    async pass(call, { perSecond, signal }) {
      throwIfAborted(signal, "waiting for a turn");
      await turn(perSecond, signal);
      try {
        return await call();
      } finally {
        inFlight--;
        void pump();
      }
    },
    pause(ms) {
      paused = Math.max(paused, clock.now() + ms);
    },
  };
}

/**
 * The gate of a host. All callers in this process share it, also when a notebook reloads this file, because the host
 * counts addresses and keys. Other processes on the machine have gates of their own. If the host refuses the requests
 * of all together, they are repeated later.
 */
export function gateOf(host: string): Gate {
  const all = ((globalThis as { [gates]?: Map<string, Gate> })[gates] ??= new Map<string, Gate>());
  const known = all.get(host) ?? gate();
  all.set(host, known);
  return known;
}

const gates = Symbol.for("deepretrieval.search.remote.gates");

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

/** The departures of requests, and the pauses that a host asks for: of this process, or of several. */
export interface Departures {
  /** Lets one request leave and returns 0, or returns the milliseconds after which to ask again. */
  leave(perSecond: number): number | Promise<number>;
  pause(ms: number): void | Promise<void>;
}

const mostInFlight = 32; // requests that are open at a time; it bounds their number if the host does not answer
const second = 1040; // milliseconds that count as one second of the host's, since the time of travel varies
// At least this share of the mean distance lies between any two requests: no bursts, and late ones can catch up.
const evenness = 0.85;
const remembered = 1000; // departures that are remembered: the largest limit that can be kept

/** What a limit of `perSecond` in any second means for the departures before the next one. Times are milliseconds. */
export interface Spacing {
  readonly count: number; // the limit in whole requests
  readonly window: number; // since the departure `count` before this one
  readonly distance: number; // since the last departure
}

export function spacing(perSecond: number): Spacing {
  const count = Math.max(1, Math.min(Math.floor(perSecond), remembered));
  const window = (second * count) / perSecond;
  return { count, window, distance: (evenness * window) / count };
}

/** The departures of this process. */
function ownDepartures(clock: Clock): Departures {
  const departures: number[] = [];
  let paused = 0; // the time until which the host asked for no requests
  return {
    leave(perSecond) {
      const { count, window, distance } = spacing(perSecond);
      const due = Math.max(
        paused,
        (departures.at(-count) ?? -Infinity) + window,
        (departures.at(-1) ?? -Infinity) + distance,
      );
      const now = clock.now();
      if (due > now) return due - now;
      departures.push(now);
      if (departures.length > 2 * remembered) departures.splice(0, remembered);
      return 0;
    },
    pause(ms) {
      paused = Math.max(paused, clock.now() + ms);
    },
  };
}

/**
 * A gate with a sliding window over departures. With limit n, no request leaves within 1040 ms of the nth one before
 * it, even if a timer was late. The next requests make up for a late timer, so that the pace of n in 1.04 s holds on a
 * busy machine.
 */
export function gate(clock: Clock = wallClock, departures: Departures = ownDepartures(clock)): Gate {
  const waiting: {
    readonly enter: () => void;
    readonly fail: (error: Error) => void;
    readonly perSecond: number;
  }[] = [];
  let inFlight = 0;
  let pumping = false;

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (waiting.length && inFlight < mostInFlight) {
        const asked = departures.leave(waiting[0]!.perSecond);
        const wait = typeof asked === "number" ? asked : await asked;
        if (wait > 0) {
          await clock.sleep(wait); // then ask again: meanwhile a pause may have begun, or a caller may have left
          continue;
        }
        const next = waiting.shift(); // none where it left while others were asked
        if (next) inFlight++;
        next?.enter();
      }
    } catch (error) {
      for (const { fail } of waiting.splice(0)) fail(error as Error);
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
      const forget = (): void => signal?.removeEventListener("abort", withdraw);
      const waiter = {
        perSecond,
        enter: () => (forget(), resolve()),
        fail: (error: Error) => (forget(), reject(error)),
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
    pause: (ms) => void departures.pause(ms),
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

import { Interrupted, throwIfAborted } from "../../core/errors";
import { type Clock, wallClock } from "../../core/http/clock";

/** Lets requests to one host through at a steady pace, in the order they came. */
export interface Gate {
  /**
   * Runs `call` when it is its turn: when no more than `perSecond` requests, whoever made them, left in the last
   * second.
   */
  pass<T>(
    call: () => Promise<T>,
    options: { readonly perSecond: number; readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Nothing passes for `ms` milliseconds: the host has asked for it. */
  pause(ms: number): void;
}

const mostInFlight = 32; // requests open at a time; a host that hangs collects no more than these
const second = 1040; // ms that a second of the host's is taken to last, since packets jitter
// of the mean distance of two requests, at least, lie between any two: no bursts, and some room to catch up
const evenness = 0.85;
const remembered = 1000; // departures: the largest limit kept to

/**
 * When the next request may leave, for a host that counts `perSecond` in any second, given when the latest ones left.
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
 * A sliding window over departures: with limit n, no request leaves within 1040 ms of the nth before it, however late
 * the timers in between were. What one late timer costs the next ones may make up for, so that the pace holds on a busy
 * machine: n per 1.04 s.
 */
export function gate(clock: Clock = wallClock): Gate {
  const waiting: { readonly enter: () => void; readonly perSecond: number }[] = [];
  const departures: number[] = [];
  let paused = 0; // until when the host wants nothing
  let inFlight = 0;
  let pumping = false;

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (waiting.length && inFlight < mostInFlight) {
        const wait = Math.max(paused, due(departures, waiting[0]!.perSecond)) - clock.now();
        if (wait > 0) {
          await clock.sleep(wait); // then look again: a pause or a withdrawal may have come
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
 * The gate of a host, one for all callers in this process, also across a reload of this file in a notebook: the host
 * counts addresses and keys, not objects. Other processes on the machine have gates of their own; what they provoke
 * together is waited out.
 */
export function gateOf(host: string): Gate {
  const all = ((globalThis as { [gates]?: Map<string, Gate> })[gates] ??= new Map<string, Gate>());
  const known = all.get(host) ?? gate();
  all.set(host, known);
  return known;
}

const gates = Symbol.for("deepretrieval.search.remote.gates");

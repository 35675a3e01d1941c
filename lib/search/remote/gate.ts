import { Interrupted, throwIfAborted } from "../../core/errors";
import { type Clock, wallClock } from "./clock";

/** Lets requests to one host through at a steady pace, in the order they came. */
export interface Gate {
  /** Runs `call` when it is its turn. `spacing` is the time from it to the next one, ms. */
  pass<T>(call: () => Promise<T>, options: { readonly spacing: number; readonly signal?: AbortSignal }): Promise<T>;
  /** Nothing passes for `ms` milliseconds: the host has asked for it. */
  pause(ms: number): void;
}

const mostInFlight = 32; // requests open at a time; a host that hangs collects no more than these
const slack = 10; // ms a late timer may make up for; more would be a burst

/** Milliseconds between requests, for a host that counts `perSecond` in any second. 4 % slower than allowed, since packets jitter. */
export const spacingFor = (perSecond: number): number => 1040 / perSecond;

/**
 * A token bucket of one token (the "generic cell rate algorithm"): no bursts, so that a host which counts any
 * sliding second finds at most its limit. With limit n and spacing 1040/n ms the n+1st request leaves at least 1030 ms
 * after the first, however late the timers in between were.
 */
export function gate(clock: Clock = wallClock): Gate {
  const waiting: { readonly enter: () => void; readonly spacing: number }[] = [];
  let next = 0; // when the next request may leave
  let inFlight = 0;
  let pumping = false;

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      while (waiting.length && inFlight < mostInFlight) {
        const wait = next - clock.now();
        if (wait > 0) {
          await clock.sleep(wait); // then look again: a pause or a withdrawal may have come
          continue;
        }
        const { enter, spacing } = waiting.shift()!;
        next = Math.max(next, clock.now() - slack) + spacing;
        inFlight++;
        enter();
      }
    } finally {
      pumping = false;
    }
  }

  const turn = (spacing: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const withdraw = (): void => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(new Interrupted("waiting for a turn", { cause: signal?.reason }));
      };
      const waiter = {
        spacing,
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
    async pass(call, { spacing, signal }) {
      throwIfAborted(signal, "waiting for a turn");
      await turn(spacing, signal);
      try {
        return await call();
      } finally {
        inFlight--;
        void pump();
      }
    },
    pause(ms) {
      next = Math.max(next, clock.now() + ms);
    },
  };
}

/**
 * The gate of a host, one for all callers in this process, also across a reload of this file in a notebook: the host counts
 * addresses and keys, not objects. Other processes on the machine have gates of their own; what they provoke together is waited out.
 */
export function gateOf(host: string): Gate {
  const all = ((globalThis as { [gates]?: Map<string, Gate> })[gates] ??= new Map<string, Gate>());
  const known = all.get(host) ?? gate();
  all.set(host, known);
  return known;
}

const gates = Symbol.for("deepretrieval.search.remote.gates");

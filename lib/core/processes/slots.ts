import { setMaxListeners } from "node:events";
import { Interrupted, throwIfAborted } from "../errors";

/** A place for one worker or connection, which is made when it is first needed and may be lost. */
export interface Slot<T> {
  live?: T;
}

/** `width` places, handed out one at a time, to whoever waits longest. */
interface Slots<T> {
  /**
   * A free place, one with something alive in it if there is one. Throws Interrupted as soon as one of `stops` fires.
   */
  acquire(stops: readonly AbortSignal[]): Promise<Slot<T>>;
  release(slot: Slot<T>): void;
  /** What is alive in free places. */
  idle(): T[];
}

/** @param lives whether what is in a place can still be used; what cannot is forgotten */
export function slots<T>(width: number, lives: (live: T) => boolean): Slots<T> {
  const free: Slot<T>[] = Array.from({ length: width }, () => ({}));
  const waiting: ((slot: Slot<T>) => void)[] = [];
  return {
    async acquire(stops) {
      for (const stop of stops) throwIfAborted(stop, "query");
      for (const slot of free) if (slot.live !== undefined && !lives(slot.live)) delete slot.live;
      const slot = free.find(({ live }) => live !== undefined) ?? free[0];
      if (slot) return (free.splice(free.indexOf(slot), 1), slot);
      return new Promise((resolve, reject) => {
        const give = (slot: Slot<T>) => (forget(), resolve(slot));
        const forget = onAbort(stops, (error) => (forget(), waiting.splice(waiting.indexOf(give), 1), reject(error)));
        waiting.push(give);
      });
    },
    release(slot) {
      const next = waiting.shift();
      if (next) next(slot);
      else free.push(slot);
    },
    idle: () => free.flatMap(({ live }) => (live === undefined ? [] : [live])),
  };
}

/** Calls `stop` when one of `signals` fires; returns how to forget about it. */
export function onAbort(signals: readonly AbortSignal[], stop: (error: Error) => void): () => void {
  const fired = ({ target }: Event) => stop(new Interrupted("query", { cause: (target as AbortSignal).reason }));
  setMaxListeners(0, ...signals); // one of each request that waits is no leak
  for (const signal of signals) signal.addEventListener("abort", fired);
  return () => signals.forEach((signal) => signal.removeEventListener("abort", fired));
}

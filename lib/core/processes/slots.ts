import { setMaxListeners } from "node:events";
import { Interrupted, throwIfAborted } from "../errors";

/** A place for one worker or connection, which is made when it is first needed and may be lost. */
export interface Slot<T> {
  live?: T;
}

/** `width` places. A place that becomes free goes to the caller that has waited longest. */
interface Slots<T> {
  /**
   * A free place. A place that holds a live worker comes first. Throws Interrupted as soon as one of `stops` fires.
   */
  acquire(stops: readonly AbortSignal[]): Promise<Slot<T>>;
  release(slot: Slot<T>): void;
  /** The live workers in free places. */
  idle(): T[];
}

/** @param lives whether the worker of a place can still be used; a worker that cannot is dropped */
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

/** Calls `stop` when one of `signals` fires; returns a function that removes the listeners. */
export function onAbort(signals: readonly AbortSignal[], stop: (error: Error) => void): () => void {
  const fired = ({ target }: Event) => stop(new Interrupted("query", { cause: (target as AbortSignal).reason }));
  setMaxListeners(0, ...signals); // every waiting request adds one listener, so many listeners are no leak
  for (const signal of signals) signal.addEventListener("abort", fired);
  return () => signals.forEach((signal) => signal.removeEventListener("abort", fired));
}

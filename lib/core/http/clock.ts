import { throwIfAborted } from "../errors";

/** Time as the remote engines see it, so that a test may bring its own. */
export interface Clock {
  /** Milliseconds since any fixed moment, never running backwards. */
  now(): number;
  /** Resolves after `ms` milliseconds; throws Interrupted as soon as `signal` fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const wallClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    throwIfAborted(signal, "waiting");
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
    });
    throwIfAborted(signal, "waiting");
  },
};

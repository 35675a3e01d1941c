import { Interrupted, throwIfAborted } from "../errors";

const grace = 1000; // ms

/**
 * What `work` comes to, or Interrupted once `signal` has fired. Work that listens to the signal has a second to end by
 * itself. Work that does not is then left to itself, and what it comes to is dropped.
 */
export async function untilAborted<T>(
  work: () => T,
  signal: AbortSignal | undefined,
  what: string,
): Promise<Awaited<T>> {
  throwIfAborted(signal, what);
  if (!signal) return await work();
  let fire: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    fire = () => void (timer = setTimeout(() => reject(new Interrupted(what, { cause: signal.reason })), grace));
    signal.addEventListener("abort", fire, { once: true });
  });
  const running = (async () => await work())();
  running.catch(() => undefined); // where it fails after that, nobody waits for it
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", fire);
  }
}

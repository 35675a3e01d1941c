import { memo, type MemoLimits } from "../memo";
import { singleFlight } from "./single-flight";

/** Which answers are kept, and how many. */
interface SharedCallLimits<V> extends MemoLimits<string, V> {
  /**
   * False for an answer that another call may improve, such as a time-out. Such an answer goes to all waiting callers
   * and is not kept.
   */
  readonly keeps?: (value: V) => boolean;
}

/**
 * Calls with answers that stay true: equal calls are made once, whether they come at the same time or one after the
 * other. A call that fails fails for all who wait for it and is not kept. A caller that aborts stops waiting; the call
 * itself is aborted when nobody waits for it any more.
 *
 * @returns a function that gives the answer kept for a key, or calls. Throws Interrupted when `signal` fires.
 */
export function sharedCalls<V extends {}>({
  keeps = () => true,
  ...limits
}: SharedCallLimits<V>): (
  key: string,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<V>,
) => Promise<V> {
  const kept = memo(limits);
  const inFlight = singleFlight();
  return async (key, signal, call) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const answer = await inFlight(key, signal, call);
    return keeps(answer) ? kept.set(key, answer) : answer;
  };
}

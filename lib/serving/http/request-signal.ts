import type { Reply } from "./app";
import { HttpError } from "./http-error";

/** Fires when the client has gone before its answer was complete, or after `seconds`. */
export function requestSignal(reply: Reply, seconds: number): AbortSignal {
  const stop = new AbortController();
  // not AbortSignal.timeout, which stays in memory until its time is up, long after the answer
  const timer = setTimeout(
    () => stop.abort(new DOMException("the time is up", "TimeoutError")),
    Math.min(seconds * 1000, 2 ** 31 - 1),
  );
  reply.raw.once("close", () => {
    clearTimeout(timer);
    if (!reply.raw.writableFinished) stop.abort(new Error("the client has gone"));
  });
  return stop.signal;
}

/** The error of a request whose signal fired: 504 where its time was up; `error` itself for any other. */
export const timedOut = (error: unknown, signal: AbortSignal, seconds: number): unknown =>
  signal.aborted && (signal.reason as Error).name === "TimeoutError"
    ? new HttpError(504, `The answer took more than ${seconds} seconds. Ask for less, or try again later.`, {
        code: "timeout",
      })
    : error;

import type { Reply } from "./app";
import { HttpError } from "./http-error";

/** Fires when the client has gone before its answer was complete, or after `seconds`. */
export function requestSignal(reply: Reply, seconds: number): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new Error("the client has gone"));
  });
  return AbortSignal.any([gone.signal, AbortSignal.timeout(Math.min(seconds * 1000, 2 ** 31 - 1))]);
}

/** The error of a request whose signal fired: 504 where its time was up; `error` itself for any other. */
export const timedOut = (error: unknown, signal: AbortSignal, seconds: number): unknown =>
  signal.aborted && (signal.reason as Error).name === "TimeoutError"
    ? new HttpError(504, `The answer took more than ${seconds} seconds. Ask for less, or try again later.`, {
        code: "timeout",
      })
    : error;

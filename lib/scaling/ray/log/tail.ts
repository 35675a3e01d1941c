// A maintained client: Node 20 has none of its own, and this is the one that Fastify and OpenAI's client use.
import WebSocket from "ws";
import { Interrupted, SearchUnavailable } from "../../../core/errors";
import type { RayServer } from "../wire/server";

const pingEvery = 20_000; // milliseconds; a connection without a sign of life for three of them is given up
const refused: readonly number[] = [401, 403, 407];

/**
 * The log of a job as it is written, from its first line, in pieces. It ends where the server closes the connection
 * and where the connection breaks: the caller looks whether the job has ended. Nothing for `quietSeconds` gives an
 * empty text, at which the caller may look too.
 *
 * Throws SearchUnavailable where the token is refused, and Interrupted when `signal` fires.
 */
export async function* tailOf(
  { name, base, headers, ca, timeoutSeconds }: RayServer,
  id: string,
  { quietSeconds, signal }: { readonly quietSeconds: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<string, void> {
  const socket = new WebSocket(`${base.replace(/^http/i, "ws")}/api/jobs/${encodeURIComponent(id)}/logs/tail`, {
    headers,
    handshakeTimeout: timeoutSeconds * 1000,
    maxPayload: 0, // ten lines, of any length
    skipUTF8Validation: true,
    ...(ca !== undefined && { ca }),
  });
  const texts: string[] = [];
  let [over, alive, status] = [false, 3, 0];
  let wake = (): void => undefined;
  const end = (): void => ((over = true), wake());
  socket.on("message", (data: Buffer) => (texts.push(data.toString("utf8")), (alive = 3), wake()));
  socket.on("pong", () => (alive = 3));
  socket.on("unexpected-response", (request, response) => {
    status = response.statusCode ?? 0;
    response.resume();
    request.destroy();
    end();
  });
  socket.on("close", end);
  socket.on("error", end); // the caller asks for the state of the job, which says why
  signal?.addEventListener("abort", end, { once: true });
  const pings = setInterval(() => {
    if (--alive < 0) return socket.terminate();
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, pingEvery);
  try {
    while (!over || texts.length > 0) {
      if (signal?.aborted) throw new Interrupted("following the job", { cause: signal.reason });
      if (texts.length > 0) {
        yield texts.splice(0).join("");
        continue;
      }
      const quiet = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), quietSeconds * 1000);
        wake = () => (clearTimeout(timer), resolve(false));
        if (over || texts.length > 0) wake();
      });
      if (quiet) yield "";
    }
    if (signal?.aborted) throw new Interrupted("following the job", { cause: signal.reason });
    if (refused.includes(status))
      throw new SearchUnavailable(name, `the log of job ${id}: HTTP ${status}`, "Pass the cluster's { token }.", {
        outage: "refused",
      });
  } finally {
    clearInterval(pings);
    signal?.removeEventListener("abort", end);
    socket.terminate();
  }
}

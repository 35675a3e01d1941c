import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the service saw it. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly status?: number; // 200
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string; // instead of `json`
  readonly delay?: number; // ms
  readonly hangUp?: boolean;
}

/**
 * A service on loopback for the time of `work`. `open` counts the requests that are being answered, `most` the most at
 * once, `left` those that the caller dropped.
 */
export async function serving<T>(
  answer: (seen: Seen, number: number) => Reply,
  work: (url: string, service: { seen: Seen[]; open: number; most: number; left: number }) => Promise<T>,
): Promise<T> {
  const service = { seen: [] as Seen[], open: 0, most: 0, left: 0 };
  const server = createServer((request, response) => {
    let text = "";
    request
      .on("data", (piece) => (text += piece))
      .on("end", () => {
        const one: Seen = {
          path: request.url!,
          headers: request.headers,
          body: JSON.parse(text || "{}") as Seen["body"],
        };
        service.seen.push(one);
        service.most = Math.max(service.most, ++service.open);
        response.on("close", () => (service.open--, response.writableEnded || service.left++));
        const {
          status = 200,
          headers = {},
          json,
          text: plain,
          delay = 0,
          hangUp = false,
        } = answer(one, service.seen.length);
        setTimeout(() => {
          if (hangUp) return void request.socket.destroy();
          response.writeHead(status, { "content-type": "application/json", ...headers });
          response.end(plain ?? JSON.stringify(json));
        }, delay).unref(); // a reply that nobody waits for does not keep the process
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, service);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A reply of …/completions. */
export const completion = (text: string, more: object = {}): Reply => ({
  json: { choices: [{ text, finish_reason: "stop", ...more }], usage: { prompt_tokens: 10, completion_tokens: 4 } },
});

/** A reply of …/chat/completions. */
export const chat = (message: object, more: object = {}): Reply => ({
  json: {
    choices: [{ message: { role: "assistant", ...message }, finish_reason: "stop", ...more }],
    usage: { prompt_tokens: 10, completion_tokens: 4 },
  },
});

export const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error("did not throw");
    },
    (error: Error) => error,
  );

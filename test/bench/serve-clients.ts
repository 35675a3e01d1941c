import { Agent, request } from "node:http";

/** One answered request. */
export interface Answered {
  readonly status: number; // 0: the connection broke, or was refused
  readonly seconds: number;
  readonly tokens: number;
  readonly firstByte: number; // seconds
}

/** Posts to /v1/completions with as little work as possible: clients and server share the processor. */
export function client(url: string): (body: object) => Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const { hostname, port } = new URL(url);
  return (body) =>
    new Promise((resolve) => {
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      const payload = JSON.stringify(body);
      let firstByte = 0;
      const failed = () => resolve({ status: 0, seconds: seconds(), tokens: 0, firstByte });
      const sent = request(
        {
          agent,
          hostname,
          port,
          path: "/v1/completions",
          method: "POST",
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(payload) },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => {
            firstByte ||= seconds();
            parts.push(part);
          });
          response.on("error", failed);
          response.on("end", () => {
            const [, tokens = "0"] = /"completion_tokens":(\d+)/.exec(Buffer.concat(parts).toString()) ?? [];
            resolve({ status: response.statusCode!, seconds: seconds(), tokens: Number(tokens), firstByte });
          });
        },
      );
      sent.on("error", failed);
      sent.end(payload);
    });
}

/** Lets `clients` ask one request after the other for so many seconds. */
export async function load(
  clients: number,
  seconds: number,
  ask: (turn: number) => Promise<Answered>,
): Promise<Answered[]> {
  const end = performance.now() + seconds * 1000;
  const all: Answered[] = [];
  let turn = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) all.push(await ask(turn++));
    }),
  );
  return all;
}

/** Retries as a client does: after a broken connection, a 429 or a 5xx, with a pause that doubles. */
export async function persistent(
  ask: () => Promise<Answered>,
  tries = 12,
): Promise<Answered & { readonly tries: number }> {
  for (let n = 1; ; n++) {
    const answer = await ask();
    if (answer.status === 200 || n === tries) return { ...answer, tries: n };
    await new Promise((resolve) => setTimeout(resolve, Math.min(2000, 100 * 2 ** n)));
  }
}

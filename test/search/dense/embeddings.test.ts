import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { embeddings } from "../../../lib/search/dense/embeddings";

type Handler = (body: { model: string; input: string[] }, response: ServerResponse, request: IncomingMessage) => void;

/** An embeddings server on loopback for the time of `work`. */
async function serving<T>(handler: Handler, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    let text = "";
    request
      .on("data", (piece) => (text += piece))
      .on("end", () => handler(JSON.parse(text) as never, response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The vector of a text is its length and 1; replies list the last text first, as they may. */
const lengths: Handler = ({ input }, response) =>
  response.end(
    JSON.stringify({ data: input.map((text, index) => ({ index, embedding: [text.length, 1] })).reverse() }),
  );
const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("did not throw") as never,
    (error: Error) => error,
  );

test("vectors come in the order of the texts, over several requests", async () => {
  const vectors = await serving(lengths, (url) =>
    embeddings(url, "m", { batch: 2 }).embed(["a", "bb", "ccc", "", "eeeee"]),
  );
  assert.equal([...vectors], [1, 1, 2, 1, 3, 1, 1, 1, 5, 1]); // an empty text is sent as a space
});

test("prefix, model and key are sent", async () => {
  const seen: unknown[] = [];
  const handler: Handler = (body, response, request) => (
    seen.push([request.url, body.model, body.input, request.headers.authorization]), lengths(body, response, request)
  );
  await serving(handler, (url) =>
    embeddings(`${url}/`, "e5", { queryPrefix: "query: ", apiKey: "k" }).embed(["x"], { as: "query" }),
  );
  assert.equal(seen, [["/v1/embeddings", "e5", ["query: x"], "Bearer k"]]);
});

test("a busy server is asked again, one that stays down is an outage", async () => {
  let calls = 0;
  const busy: Handler = (body, response, request) =>
    ++calls < 3 ? (response.writeHead(503), response.end("busy")) : lengths(body, response, request);
  assert.equal([...(await serving(busy, (url) => embeddings(url, "m").embed(["abc"])))], [3, 1]);
  const down: Handler = (_, response) => (response.writeHead(500), response.end("no"));
  const error = await serving(down, (url) => rejection(embeddings(url, "m", { attempts: 2 }).embed(["a"])));
  assert.is(error.name, "SearchUnavailable");
  assert.match(error.message, /HTTP 500: no, after 2 attempts/);
});

test("a request that is refused is the caller's mistake, a login that is refused an outage", async () => {
  const refuse =
    (status: number): Handler =>
    (_, response) => (response.writeHead(status), response.end('{"error":"no such model"}'));
  assert.is((await serving(refuse(404), (url) => rejection(embeddings(url, "m").embed(["a"])))).name, "TypeError");
  assert.is(
    (await serving(refuse(401), (url) => rejection(embeddings(url, "m").embed(["a"])))).name,
    "SearchUnavailable",
  );
});

test("a reply that is not the vectors is an outage, never a vector of zeros", async () => {
  const replies = [
    '{"data":[]}',
    '{"data":[{"index":0,"embedding":[1,null]}]}',
    '{"data":[{"index":0,"embedding":[]}]}',
    "[]",
    "<html>",
    '{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]}',
  ];
  for (const reply of replies) {
    const error = await serving(
      (_, response) => response.end(reply),
      (url) => rejection(embeddings(url, "m").embed(["a"])),
    );
    assert.is(error.name, "SearchUnavailable", reply);
  }
});

test("a server that hangs is given up in time, and an interruption ends the wait at once", async () => {
  const hang: Handler = () => undefined;
  assert.match(
    (await serving(hang, (url) => rejection(embeddings(url, "m", { timeoutSeconds: 0.1, attempts: 1 }).embed(["a"]))))
      .message,
    /no reply within 0.1 s/,
  );
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  assert.is(
    (await serving(hang, (url) => rejection(embeddings(url, "m").embed(["a"], { signal: stop.signal })))).name,
    "Interrupted",
  );
});

test.run();

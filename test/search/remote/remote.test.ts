import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gate } from "../../../lib/search/remote/gate";
import { remote, type RemoteOptions } from "../../../lib/search/remote/remote";
import { again, answer, type Verdict, verdictOfStatus } from "../../../lib/search/remote/verdict";
import type { Reply } from "../../../lib/search/remote/exchange";
import { loopback } from "./loopback";

const options: RemoteOptions = {
  name: "Test",
  requestsPerSecond: 1000,
  attempts: 4,
  timeoutSeconds: 0.2,
  backOffSeconds: 0.01,
  seed: 0,
  kept: [],
  offline: false,
};
const fresh = (): RemoteOptions => ({ ...options, gate: gate() });
const read = (reply: Reply): Verdict<string> =>
  verdictOfStatus(reply) ?? (reply.body.startsWith("ok") ? answer(reply.body) : again("a strange body"));
const failure = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => assert.unreachable("it answered") as never,
    (error: Error) => error,
  );

test("a fault that may pass is repeated: 503, a broken connection, silence, a strange body", async () => {
  const troubles = [
    { status: 503, body: "" },
    { body: "", hangUp: true },
    { body: "late", delay: 400 },
    { body: "ok" },
  ];
  const server = await loopback((_, number) => troubles[number - 1]!);
  assert.is(await remote(fresh())({ url: `${server.base}/a`, params: { q: "x y&z" } }, read), "ok");
  assert.is(server.seen.length, 4);
  assert.is(server.seen[0]!.params["q"], "x y&z");
  await server.close();
});

test("an engine that stays down is an exception that says how long it was tried, with its cause", async () => {
  const server = await loopback(() => ({
    status: 500,
    body: "<html><title>Error</title><style>x</style>Backend down</html>",
  }));
  const error = await failure(remote(fresh())({ url: server.base, params: {} }, read));
  assert.is(error.name, "SearchUnavailable");
  assert.match(error.message, /^Test did not answer: HTTP 500: Error Backend down, after 4 attempts in \d/);
  assert.is(server.seen.length, 4);
  await server.close();
  const refused = await failure(remote(fresh())({ url: server.base, params: {} }, read)); // nobody listens any more
  assert.match(refused.message, /ECONNREFUSED/);
  assert.ok(refused.cause);
});

test("a key is in no error: not where the connection breaks, nor where the server repeats it", async () => {
  const secret = { api_key: "s3cr&t key" };
  const told = '{"error":"API rate limit exceeded","api-key":"s3cr&t key"}';
  const server = await loopback(({ path }) =>
    path === "/cut"
      ? { body: "", hangUp: true }
      : {
          status: path === "/refused" ? 403 : path === "/wrong" ? 400 : 429,
          body: path === "/wrong" ? told.replace("rate limit exceeded", "key invalid") : told,
        },
  );
  for (const path of ["cut", "refused", "wrong", "busy"]) {
    const error = await failure(remote(fresh())({ url: `${server.base}/${path}`, params: { q: "a" }, secret }, read));
    assert.not.match(inspect(error, { depth: 9 }), /s3cr/, path);
    assert.match(error.message, path === "cut" ? /socket hang up/ : /…/);
  }
  await server.close();
});

test("a refusal is not repeated, and a bad API key is the caller's mistake", async () => {
  const server = await loopback(({ path }) =>
    path === "/key"
      ? { status: 400, body: '{"error":"API key invalid","api-key":"abc"}' }
      : { status: 403, body: "blocked" },
  );
  assert.is((await failure(remote(fresh())({ url: `${server.base}/`, params: {} }, read))).name, "SearchUnavailable");
  assert.is((await failure(remote(fresh())({ url: `${server.base}/key`, params: {} }, read))).name, "TypeError");
  assert.is(server.seen.length, 2);
  await server.close();
});

test("a URL that is too long becomes a POST where the service takes one", async () => {
  const server = await loopback(({ method }) => (method === "GET" ? { status: 414, body: "" } : { body: "ok" }));
  assert.is(await remote(fresh())({ url: server.base, params: { q: "x" }, longForm: true }, read), "ok");
  assert.equal(
    server.seen.map(({ method, params }) => [method, params["q"]]),
    [
      ["GET", "x"],
      ["POST", "x"],
    ],
  );
  assert.match((await failure(remote(fresh())({ url: server.base, params: { q: "x" } }, read))).message, /too long/);
  await server.close();
});

test("Retry-After holds all requests to the host; one that asks for hours is an outage at once", async () => {
  const server = await loopback(({ path }, number) =>
    path === "/hours"
      ? { status: 503, body: "", headers: { "retry-after": "7200" } }
      : number === 1
        ? { status: 429, body: "", headers: { "retry-after": "1" } }
        : { body: "ok" },
  );
  const ask = remote(fresh());
  const first = ask({ url: `${server.base}/a`, params: {} }, read);
  while (!server.seen.length) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await Promise.all([first, ask({ url: `${server.base}/b`, params: {} }, read)]);
  const [begin, ...others] = server.seen.map(({ at }) => at);
  for (const at of others) assert.ok(at - begin! >= 990, `${at - begin!}`);
  assert.match((await failure(ask({ url: `${server.base}/hours`, params: {} }, read))).message, /come back in 7200 s/);
  await server.close();
});

test("an abort ends the wait between attempts", async () => {
  const server = await loopback(() => ({ status: 503, body: "" }));
  const controller = new AbortController();
  const asked = remote({ ...fresh(), backOffSeconds: 20 })({ url: server.base, params: {} }, read, {
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 50);
  const started = performance.now();
  assert.is((await failure(asked)).name, "Interrupted");
  assert.ok(performance.now() - started < 1000);
  await server.close();
});

test.run();

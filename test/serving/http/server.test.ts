import { connect, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../../lib/core/errors";
import type { HttpSettings } from "../../../lib/serving/http/http-settings";
import { nesting } from "../../../lib/serving/http/json-body";
import { listen } from "../../../lib/serving/http/listen";
import { createServer } from "../../../lib/serving/http/server";
import type { Service } from "../../../lib/serving/http/service";

/** A service that echoes a text, fails on request, and waits until it is let go. */
function echo(): Service & { readonly closed: () => number; readonly release: () => void } {
  let [closed, release] = [0, (): void => undefined];
  const released = new Promise<void>((resolve) => (release = resolve));
  const body = {
    type: "object",
    properties: { text: { type: "string", maxLength: 10 }, n: { type: "integer" } },
    required: ["text"],
    additionalProperties: false,
  } as const;
  return {
    name: "echo",
    closed: () => closed,
    release: () => release(),
    routes: (app) => {
      app.post("/echo", { schema: { body } }, async (request) => request.body);
      app.get("/bug", async () => {
        throw new Error("secret of the machine");
      });
      app.get("/outage", async () => {
        throw new SearchUnavailable("PubMed", "no connection", "Try later.", { outage: "network" });
      });
      app.get("/slow", async () => {
        await released;
        return { done: true };
      });
    },
    close: () => void closed++,
  };
}

const quiet = { logLevel: "silent" } as const;
const json = { "content-type": "application/json" };

test("a request that breaks the schema gets the field, its value and what it must be, in OpenAI's shape", async () => {
  const app = await createServer([echo()], quiet);
  const post = async (payload: string) => {
    const { statusCode, body } = await app.inject({ method: "POST", url: "/echo", headers: json, payload });
    return [statusCode, JSON.parse(body).error];
  };
  const error = (message: string, param: string | null, code = "invalid_request") => [
    400,
    { message, type: "invalid_request_error", param, code },
  ];
  assert.equal(await post('{"text": 3}'), error("text is 3; it must be string.", "text"));
  assert.equal(await post("{}"), error('the body lacks "text".', "text"));
  assert.equal(await post('{"text": "a", "q": 1}'), error('the body has "q", which is not known here.', "q"));
  assert.equal(await post('{"text": "a", "n": "1"}'), error('n is "1"; it must be integer.', "n"));
  assert.equal(await post("[1]"), error("the body is [1]; it must be object.", null));
  const [status, { code }] = await post('{"text": ');
  assert.equal([status, code], [400, "no_json"]);
  assert.equal((await post(""))[1].code, "no_json");
  assert.is((await post('{"text": "a", "__proto__": {"x": 1}}'))[0], 400);
  assert.equal((await post("[".repeat(500_000)))[1].code, "too_deep");
  assert.equal((await post('{"a":'.repeat(100_000)))[1].code, "too_deep");
  assert.equal((await post(JSON.stringify({ text: "x".repeat(2 ** 20) })))[0], 413);
  await app.close();
});

test("depth counts brackets outside texts only", () => {
  assert.is(nesting("3"), 0);
  assert.is(nesting('[1, {"a": []}]'), 3);
  assert.is(nesting('["[[[[\\"[[", 1]'), 1);
  assert.is(nesting("[".repeat(100), 7), 8); // stops at the first level above
});

test("other content types, methods and addresses are refused with a status and a message", async () => {
  const app = await createServer([echo()], quiet);
  const code = async (options: object) => {
    const { statusCode, body } = await app.inject(options);
    return [statusCode, JSON.parse(body).error.code];
  };
  assert.equal(await code({ method: "POST", url: "/echo", headers: { "content-type": "text/xml" }, payload: "<a/>" }), [
    415,
    "unsupported_media_type",
  ]);
  assert.equal(await code({ method: "GET", url: "/echo" }), [404, "not_found"]);
  assert.equal(await code({ method: "GET", url: "/../../etc/passwd" }), [404, "not_found"]);
  assert.equal((await code({ method: "GET", url: "/%zz" }))[0], 400);
  await app.close();
});

test("an unforeseen error says nothing of the machine; an outage says its cause, and stays an outage", async () => {
  const lines: string[] = [];
  const app = await createServer([echo()], { logLevel: "info" }, { log: { write: (line) => void lines.push(line) } });
  const bug = await app.inject("/bug");
  assert.is(bug.statusCode, 500);
  assert.not.match(bug.body, "secret");
  assert.match(lines.join(""), "secret of the machine");
  const outage = await app.inject("/outage");
  assert.equal(
    [outage.statusCode, outage.json().error],
    [
      502,
      {
        message: "PubMed did not answer: no connection. Try later.",
        type: "server_error",
        param: null,
        code: "upstream_network",
      },
    ],
  );
  const answered = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "answered");
  assert.equal(
    answered.map(({ route, status }) => [route, status]),
    [
      ["/bug", 500],
      ["/outage", 502],
    ],
  );
  assert.is(answered[1].id, outage.headers["x-request-id"]);
  await app.close();
});

test("a key is asked for everywhere but at open routes", async () => {
  const app = await createServer([echo()], { ...quiet, apiKey: "k1" });
  const status = async (url: string, authorization?: string) =>
    (await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })).statusCode;
  for (const wrong of [undefined, "Bearer k2", "Bearer ", "Basic k1", "k1", "Bearer k1k1"])
    assert.equal(
      [await status("/metrics", wrong), await status("/bug", wrong), await status("/none", wrong)],
      [401, 401, 401],
    );
  assert.equal([await status("/metrics", "Bearer k1"), await status("/bug", "bearer k1")], [200, 500]);
  assert.equal([await status("/health"), await status("/openapi.json")], [200, 200]);
  await app.close();
});

test("/metrics counts by route, not by the addresses that clients make up; /openapi.json has the schemas", async () => {
  const app = await createServer([echo()], quiet, { version: "1.2.3" });
  for (const url of ["/a", "/b", "/bug"]) await app.inject(url);
  const { body, headers } = await app.inject("/metrics");
  assert.match(String(headers["content-type"]), "text/plain");
  assert.match(body, 'deepretrieval_http_requests_total{method="GET",route="none",status="404"} 2');
  assert.match(body, 'deepretrieval_http_requests_total{method="GET",route="/bug",status="500"} 1');
  const description = (await app.inject("/openapi.json")).json();
  assert.is(description.info.version, "1.2.3");
  assert.is(
    description.paths["/echo"].post.requestBody.content["application/json"].schema.properties.text.maxLength,
    10,
  );
  await app.close();
});

test("/health is 503 while a service is not ready", async () => {
  let ready = false;
  const part: Service = { name: "engine", routes: () => undefined, health: () => ({ ready, queue: 3 }) };
  const app = await createServer([part], quiet);
  const { statusCode, body } = await app.inject("/health");
  assert.is(statusCode, 503);
  assert.equal(JSON.parse(body).services, { engine: { ready: false, queue: 3 } });
  ready = true;
  assert.is((await app.inject("/health")).statusCode, 200);
  await app.close();
});

const listening = async (given: Partial<HttpSettings> = {}) => {
  const service = echo();
  const server = await listen(await createServer([service], { ...quiet, ...given }), { port: 0, ...given });
  return { ...server, service };
};

test("closing answers what is in flight, takes no new connection, and closes the services last", async () => {
  const { url, close, service } = await listening();
  const slow = fetch(`${url}/slow`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.is(await fetch(`${url}/health`).catch(() => "refused"), "refused");
  assert.is(service.closed(), 0);
  service.release();
  assert.equal(await (await slow).json(), { done: true });
  await closed;
  assert.is(service.closed(), 1);
});

test("what does not finish in the time of grace, or at the second signal, is cut off", async () => {
  for (const how of ["grace", "signal"]) {
    const { url, close, service } = await listening({ graceSeconds: how === "grace" ? 0.2 : 30 });
    const slow = fetch(`${url}/slow`).then(
      () => "answered",
      () => "cut",
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = new AbortController();
    const closed = close(now.signal);
    if (how === "signal") now.abort();
    assert.is(await slow, "cut");
    service.release();
    await closed;
  }
});

/** What a raw connection gets back for these bytes until it ends. */
const raw = (url: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (data) => (text += data));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });

test("a client that sends its request too slowly, or sends no HTTP, is answered and hung up on", async () => {
  const { url, close, service } = await listening({ headerSeconds: 0.3, requestSeconds: 0.5 });
  const head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n";
  const huge = head.replace("100", "1000000000"); // a gigabyte is refused before it is sent
  const [slowHead, slowBody, nonsense, large, injected, tooLong] = await Promise.all([
    raw(url, head),
    raw(url, `${head}\r\n{`),
    raw(url, "\x16\x03\x01 hello\r\n\r\n"),
    raw(url, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(20_000)}\r\n\r\n`),
    raw(
      url,
      "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\r\n Set-Cookie: b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ),
    raw(url, `${huge}Connection: close\r\n\r\n{`),
  ]);
  assert.match(slowHead!, /^HTTP\/1.1 408 /);
  assert.match(slowBody!, /^HTTP\/1.1 408 /);
  assert.match(nonsense!, /^HTTP\/1.1 400 [^]*"type":"invalid_request_error"/);
  assert.match(large!, /^HTTP\/1.1 431 /);
  assert.match(injected!, /^HTTP\/1.1 400 /);
  assert.match(tooLong!, /^HTTP\/1.1 413 /);
  assert.is((await fetch(`${url}/health`)).status, 200);
  service.release();
  await close();
});

test("settings out of their ranges are refused with name and value", async () => {
  for (const [given, said] of [
    [{ port: 70_000 }, "port is 70000"],
    [{ bodyLimit: 0 }, "bodyLimit is 0"],
    [{ hots: "a" } as object, 'unknown setting "hots"'],
  ] as const)
    await createServer([], given).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, said),
    );
});

test.run();

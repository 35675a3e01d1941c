import { request } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { embedded, question } from "./serving";

/** Full queues, clients that leave, answers that take too long, models that are broken: the server stays up. */

const body = (more: object = {}) => ({ prompt: question(1), max_tokens: 30, temperature: 0, ...more });
/** A request that takes as long as the context has room. */
const endless = (more: object = {}) => body({ max_tokens: 460, logit_bias: { 2043: -100 }, ...more });

test("a full queue is a 429 with Retry-After, all of a request's responses or none", async () => {
  const { post, model, close } = await embedded({ batch: 1, queue: 1 });
  const running = [post("/v1/completions", endless()), post("/v1/completions", body())];
  while (model.generation.load.running + model.generation.load.waiting < 2)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const refused = await post("/v1/completions", body());
  assert.is(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  assert.is(((await refused.json()) as { error: { code: string } }).error.code, "queue_full");
  assert.is((await post("/v1/completions", body({ stream: true }))).status, 429); // before the stream begins
  for (const response of await Promise.all(running)) assert.is(response.status, 200);
  assert.is((await post("/v1/completions", body({ n: 3 }))).status, 429); // one would run and one wait
  assert.equal([model.generation.load.running, model.generation.load.waiting], [0, 0]);
  assert.is((await post("/v1/completions", body({ n: 2 }))).status, 200);
  await close();
});

test("a client that leaves gives its place up, whether it waits, reads a stream or does not", async () => {
  const { post, server, model, close } = await embedded({ batch: 1, queue: 8 });
  for (const stream of [true, false]) {
    const leave = (): (() => void) => {
      const sent = request(`${server.url}/v1/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      sent.on("error", () => undefined);
      sent.end(JSON.stringify(endless({ stream })));
      return () => void sent.destroy();
    };
    const gone = [leave(), leave()];
    while (model.generation.load.running + model.generation.load.waiting < 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    for (const go of gone) go();
    assert.is((await post("/v1/completions", body())).status, 200);
    assert.equal([model.generation.load.running, model.generation.load.waiting], [0, 0]);
  }
  await close();
});

test("an answer that takes too long is a 504, or an error at the end of its stream", async () => {
  const { post, close } = await embedded({ seconds: 0.1 });
  const whole = await post("/v1/completions", endless({ n: 8 }));
  assert.is(whole.status, 504);
  const { error } = (await whole.json()) as { error: { message: string; code: string } };
  assert.equal([error.code, /0\.1 seconds/.test(error.message)], ["timeout", true]);
  const events = (await (await post("/v1/completions", endless({ stream: true }))).text()).trim().split("\n\n");
  assert.match(events.at(-1)!, '"code":"timeout"');
  await close();
});

test("closing lets requests in flight finish, and a stream too", async () => {
  const { post, server, close } = await embedded();
  const [whole, stream] = await Promise.all([
    post("/v1/completions", body({ max_tokens: 100, stream: true })),
    post("/v1/completions", body({ max_tokens: 100, stream: true })),
  ]);
  const closed = close();
  assert.match(await stream.text(), /\[DONE\]\s*$/);
  assert.match(await whole.text(), /\[DONE\]\s*$/);
  await closed;
  assert.is(await fetch(`${server.url}/health`).catch(() => "refused"), "refused");
});

test(
  "a model whose weights are no numbers answers with 500, request after request, and the server stays " + "up",
  async () => {
    const { post, policy, server, close } = await embedded();
    const { norm } = policy.weights;
    const broken = norm.div(0).sub(norm.div(0)); // Infinity − Infinity
    (norm as unknown as { assign(value: typeof broken): void }).assign(broken as never);
    broken.dispose();
    for (const stream of [false, true]) {
      const response = await post("/v1/completions", body({ stream }));
      assert.is(response.status, 500);
      assert.not.match(await response.text(), "servehttp");
    }
    assert.is((await fetch(`${server.url}/health`)).status, 200);
    await close();
  },
);

test("hostile bodies are refused, and nothing of them is looked up, run or repeated as HTML", async () => {
  const { post, server, close } = await embedded();
  const raw = (text: string, type = "application/json") =>
    fetch(`${server.url}/v1/completions`, { method: "POST", headers: { "content-type": type }, body: text });
  const [deep, large, html] = await Promise.all([
    raw(`{"prompt":${"[".repeat(200_000)}`),
    raw(JSON.stringify(body({ prompt: "a".repeat(2 ** 20) }))),
    post("/v1/completions", body({ model: "<script>alert(1)</script>" })),
  ]);
  assert.equal([deep.status, large.status, html.status], [400, 413, 404]);
  assert.match(html.headers.get("content-type")!, "application/json");
  assert.is(html.headers.get("x-content-type-options"), "nosniff");
  for (const fields of [
    { model: "/etc/passwd" },
    { model: "file:///etc/passwd" },
    { model: "..\\..\\windows" },
    { model: "a\r\nSet-Cookie: b" },
    { model: "constructor" },
  ]) {
    const response = await post("/v1/completions", body(fields));
    assert.is(response.status, 404);
    assert.is(response.headers.get("set-cookie"), null);
  }
  for (const fields of [
    { stop: Array(17).fill("x") },
    { stop: ["x".repeat(600)] },
    { logit_bias: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [i, 1])) },
    { prompt: Array(300).fill("a") },
    { prompt: [[-1]] },
    { prompt: { a: 1 } },
    { n: 1e9 },
    { max_tokens: 1e300 },
    { seed: "x" },
    { temperature: null, top_p: "1" },
    { stream: "yes" },
  ])
    assert.is((await post("/v1/completions", body(fields))).status, 400, JSON.stringify(fields).slice(0, 60));
  assert.is((await raw("prompt=x", "application/x-www-form-urlencoded")).status, 415);
  assert.is((await post("/v1/completions", body({ prompt: "\u0000\ud800 <|im_end|>" }))).status, 200);
  await close();
});

test("/metrics and /health tell of the batch", async () => {
  const { post, server, close } = await embedded();
  await post("/v1/completions", body({ max_tokens: 5, logit_bias: { 2043: -100 } }));
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, 'deepretrieval_generated_tokens_total{model="pubmed-coldstart"} 5');
  assert.match(metrics, 'deepretrieval_completions_running{model="pubmed-coldstart"} 0');
  const { services } = (await (await fetch(`${server.url}/health`)).json()) as { services: { models: object } };
  assert.equal(Object.keys(services.models), ["ready", "pubmed-coldstart"]);
  await close();
});

test.run();

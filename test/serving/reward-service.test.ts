import { test } from "uvu";
import * as assert from "uvu/assert";
import { completion, smallServer, turn } from "./wires/reward-server";

/** One rollout over each wire that has a reward, and where the answer has it. */
const wires: Readonly<
  Record<
    string,
    { url: string; body: (turn: string, tail: string) => object; reward: (body: never) => unknown; outage: number }
  >
> = {
  "POST /score": {
    url: "/score",
    body: (_, tail) => ({ task: "small", items: [{ completion: tail, label: "p1" }] }),
    reward: ({ rewards }: { rewards: unknown[] }) => rewards[0],
    outage: 200,
  },
  "OpenEnv's step": {
    url: "/step",
    body: (_, tail) => ({ action: { completion: tail }, problem: "p1" }),
    reward: ({ reward }: { reward: unknown }) => reward,
    outage: 200,
  },
  "NeMo Gym's verify": {
    url: "/verify",
    body: (text) => ({
      label: "p1",
      response: { output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }] },
    }),
    reward: ({ reward }: { reward: unknown }) => reward,
    outage: 503,
  },
  "OpenRLHF's remote reward": {
    url: "/openrlhf",
    body: (text) => ({
      query: [`<user>q<assistant>${text}<|im_end|>`],
      prompts: ["<user>q<assistant>"],
      labels: ["p1"],
    }),
    reward: ({ rewards }: { rewards: unknown }) => (Array.isArray(rewards) ? rewards[0] : rewards),
    outage: 503,
  },
  "verl's compute_score": {
    url: "/compute_score",
    body: (text) => ({ data_source: "small", solution_str: text, ground_truth: { target: ["d1"] } }),
    reward: ({ score }: { score: unknown }) => score,
    outage: 503,
  },
};

for (const [name, { url, body, reward, outage }] of Object.entries(wires)) {
  test(
    `${name}: recall 1 earns 6, recall 0 −2.5, a malformed completion −4, and an engine that is down no ` + "number",
    async () => {
      const { app, mood, post } = await smallServer();
      const rewardOf = async (query: string) => {
        const { status, body: answer } = await post(url, body(turn(query), completion(query)));
        return [status, reward(answer as never)];
      };
      assert.equal(await rewardOf("good"), [200, 6]);
      assert.equal(await rewardOf("bad"), [200, -2.5]);
      const malformed = await post(url, body("no answer", "no answer"));
      assert.equal([malformed.status, reward(malformed.body as never)], [200, -4]);

      mood.now = "down";
      const down = await post(url, body(turn("other"), completion("other")));
      assert.is(down.status, outage);
      assert.not.type(reward(down.body as never), "number");
      assert.match(JSON.stringify(down.body), /small did not answer: no connection/);
      if (outage === 503) assert.is(down.headers["retry-after"], "5");
      const stillScored = await post(url, body("no answer", "no answer"));
      assert.is(reward(stillScored.body as never), -4, "what is malformed needs no engine");
      mood.now = "up";
      assert.equal(await rewardOf("other"), [200, -2.5], "an outage is not kept");
      await app.close();
    },
  );
}

test("components have the same keys for scored and malformed completions, and none for an outage", async () => {
  const { app, mood, post } = await smallServer();
  const one = await post("/score", { items: [{ completion: completion("good"), label: "p1" }] });
  mood.now = "down";
  const { body } = await post("/score", {
    items: [
      { completion: "no answer", label: "p2" },
      { completion: completion("x"), label: "p2" },
    ],
  });
  assert.equal(Object.keys(body.items[0].components), Object.keys(one.body.items[0].components));
  assert.equal([body.rewards, body.items[1].components], [[-4, null], null]);
  assert.equal(body.items[1].outage, { cause: "network", engine: "small" });
  await app.close();
});

test(
  "an engine that never answers is an outage after the time limit, on the wires with null and with " + "503",
  async () => {
    const { app, mood, post } = await smallServer({ seconds: 0.05 });
    mood.now = "silent";
    const { body } = await post("/score", { items: [{ completion: completion("x"), label: "p1" }] });
    assert.equal([body.rewards, body.items[0].outage], [[null], { cause: "timeout", engine: "small task" }]);
    const verl = await post("/compute_score", { data_source: "s", solution_str: turn("x"), ground_truth: "p1" });
    assert.equal([verl.status, verl.body.reward, verl.body.outage.cause], [503, null, "timeout"]);
    await app.close();
  },
);

test("what is wrong with a request is said with its place, and nothing is scored", async () => {
  const { app, post, get } = await smallServer();
  const fault = async (url: string, body: unknown) => {
    const { status, body: answer } = await post(url, body);
    return [
      status,
      answer.detail.map?.(({ loc, msg }: { loc: unknown[]; msg: string }) => [loc.join("."), msg]) ?? answer.detail,
    ];
  };
  const item = { completion: "x", label: "p1" };
  assert.equal(await fault("/score", { task: "big", items: [item] }), [404, 'there is no task "big". Tasks: small']);
  assert.equal(await fault("/score", { items: [item, { completion: "x", label: "p3" }] }), [
    422,
    [["body.items.1.label", 'there is no problem "p3" in small; it has 2, such as "p1". GET /problems lists them']],
  ]);
  assert.equal(await fault("/score", { items: [{ ...item, reward: 7 }] }), [
    422,
    [["body.items.0.reward", "Extra inputs are not permitted"]],
  ]);
  assert.equal(await fault("/score", {}), [422, [["body.items", "Field required"]]]);
  assert.equal(await fault("/score", '{"items": ['), [422, [["body.0", "JSON decode error"]]]);
  assert.equal(await fault("/score", ""), [422, [["body", "Field required"]]]);
  assert.equal(await fault("/score", "[".repeat(100_000)), [422, [["body.0", "JSON decode error"]]]);
  assert.equal(await fault("/score", { items: [{ completion: "x", label: { target: ["d1"], gold: 1 } }] }), [
    422,
    [["body.items.0.label.gold", "Extra inputs are not permitted"]],
  ]);
  assert.equal(await fault("/openrlhf", { query: ["a", "b"], labels: ["p1"] }), [
    422,
    [["body", "query has 2 texts and another list 1"]],
  ]);
  assert.equal(await fault("/openrlhf/big", { query: [], labels: [] }), [404, 'there is no task "big". Tasks: small']);
  assert.is((await get("/problems?task=big")).status, 404);
  assert.is((await get("/problems?limit=-1")).status, 422);
  const large = await post("/score", { items: [{ completion: "x".repeat(2 ** 20), label: "p1" }] });
  assert.equal([large.status, /larger than this server accepts/.test(large.body.detail)], [413, true]);
  assert.is((await post("/score", { items: [item] })).status, 200, "the server is still there");
  await app.close();
});

test("a label may be an id, an object with the gold standard, or either as JSON in a text", async () => {
  const { app, post } = await smallServer();
  const labels = [
    "p1",
    { problem: "p1" },
    { target: ["d1"] },
    { target: "d1" },
    { target: ["d2", "d1"], score: [0, 2] },
    { judgments: { d1: 1 } },
    '{"target": ["d1"]}',
    '"p1"',
  ];
  const { body } = await post("/score", { items: labels.map((label) => ({ completion: completion("good"), label })) });
  assert.equal(
    body.rewards,
    labels.map(() => 6),
  );
  const unsolvable = await post("/score", {
    items: [
      { completion: completion("good"), label: "p1" },
      { completion: completion("good"), label: { target: ["d1"], score: [0] } },
    ],
  });
  assert.is(unsolvable.status, 422);
  assert.equal(unsolvable.body.detail[0].loc, ["body", "items", 1]);
  assert.match(unsolvable.body.detail[0].msg, /has no relevant document/);
  await app.close();
});

test("a completion continues the prompt that it is given with, or the task's own", async () => {
  const { app, post } = await smallServer();
  const { body } = await post("/score", {
    items: [
      { completion: turn("good"), label: "p1" }, // the task's prompt has opened the thought already
      { prompt: "<user>q<assistant>", completion: turn("good"), label: "p1" },
      { prompt: "<user>q<assistant>", completion: completion("good"), label: "p1" }, // nobody opened it
      { prompt: "<user>q<assistant><think>\n", completion: completion("good"), label: "p1" },
    ],
  });
  assert.equal(body.rewards, [-4, 6, -4, 6]);
  await app.close();
});

test("completions that find no room to wait are answered with 429 and Retry-After", async () => {
  const { app, mood, post } = await smallServer({ concurrency: 1, waiting: 1, seconds: 0.2 });
  mood.now = "silent";
  const items = (n: number) => ({
    items: Array.from({ length: n }, (_, i) => ({ completion: completion(`${i}`), label: "p1" })),
  });
  const first = post("/score", items(2));
  const { status, headers, body } = await post("/score", items(1));
  assert.equal([status, headers["retry-after"]], [429, "1"]);
  assert.match(body.detail, /2 completions are being scored or wait, and 1 more came; there is room for 2/);
  assert.equal((await first).body.rewards, [null, null]);
  await app.close();
});

test("a bug is status 500 without its text, and the server goes on", async () => {
  const { app, mood, post } = await smallServer();
  mood.now = "broken";
  const { status, body } = await post("/score", { items: [{ completion: completion("x"), label: "p1" }] });
  assert.is(status, 500);
  assert.not.match(JSON.stringify(body), /secret/);
  mood.now = "up";
  assert.is((await post("/score", { items: [{ completion: completion("x"), label: "p1" }] })).status, 200);
  await app.close();
});

test("Search-R1's retriever gives the documents of each query, with or without scores", async () => {
  const { app, mood, post } = await smallServer();
  const document = (id: string) => ({ id, contents: `Title ${id}\ntext` });
  assert.equal((await post("/retrieve", { queries: ["good", "x"], topk: 2 })).body, {
    result: [[document("d1")], [document("d9")]],
  });
  assert.equal((await post("/retrieve/small", { queries: ["good"], return_scores: true, topk: null })).body, {
    result: [[{ document: document("d1"), score: 1 }]],
  });
  mood.now = "down";
  assert.is((await post("/retrieve", { queries: ["good"] })).status, 503);
  assert.is((await post("/retrieve", { queries: "good" })).status, 422);
  assert.is((await post("/retrieve", { queries: ["good"], topk: 0 })).status, 422);
  await app.close();
});

test("tasks and problems are listed, with prompts as text and as messages", async () => {
  const { app, get } = await smallServer();
  const { body: tasks } = await get("/tasks");
  assert.equal(
    tasks.map(({ name, problems }: { name: string; problems: number }) => [name, problems]),
    [["small", 2]],
  );
  const { body } = await get("/problems?offset=1&limit=5");
  assert.equal([body.total, body.problems.length, body.problems[0].label], [2, 1, "p2"]);
  assert.match(body.problems[0].prompt, /<think>$/);
  assert.equal(
    body.problems[0].messages.map(({ role }: { role: string }) => role),
    ["system", "user"],
  );
  assert.match((await get("/metrics")).body, /deepretrieval_rewards_pending 0/);
  await app.close();
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { openAI } from "../../../lib/models/remote/openai";
import { chat, completion, rejection, serving } from "./service";

const prompt = "<|im_start|>user\nasthma<|im_end|>\n<|im_start|>assistant\n<think>";
const once = { attempts: 1 };

test("raw completions send the prompt as it is, opened tag and all", () =>
  serving(
    () => completion(" hm</think>"),
    async (url, { seen }) => {
      const [first] = await openAI(`${url}/`, "m", { apiKey: "secret-key" }).generate([prompt], {
        maxTokens: 7,
        temperature: 0,
      });
      assert.equal(first, { text: " hm</think>", tokens: [], logps: [], finished: true });
      assert.is(seen[0]!.path, "/v1/completions");
      assert.is(seen[0]!.headers.authorization, "Bearer secret-key");
      assert.equal(seen[0]!.body, { model: "m", prompt, logprobs: 1, max_tokens: 7, temperature: 0, top_p: 1 });
    },
  ));

test("a chat sends messages, and takes the opened tag from the reply", () =>
  serving(
    () => chat({ content: "<think>hm</think>" }),
    async (url, { seen }) => {
      const [first] = await openAI(url, "m", { api: "chat", extra: { top_k: 0, top_p: undefined } }).generate(
        [prompt],
        { temperature: 0.5 },
      );
      assert.is(first!.text, "hm</think>");
      assert.is(seen[0]!.path, "/v1/chat/completions");
      assert.equal(seen[0]!.body, {
        model: "m",
        messages: [{ role: "user", content: "asthma" }],
        logprobs: true,
        max_tokens: 512,
        temperature: 0.5,
        top_k: 0,
      });
    },
  ));

test("thoughts that a server hands over apart are part of the response", () =>
  serving(
    (_, n) => chat({ content: "<answer>x</answer>", [n === 1 ? "reasoning_content" : "reasoning"]: "hm" }),
    async (url) => {
      for (const _ of [1, 2])
        assert.is(
          (await openAI(url, "m", { api: "chat" }).generate([prompt]))[0]!.text,
          "hm</think>\n<answer>x</answer>",
        );
    },
  ));

test("log-probabilities and ids are read from all three layouts, and cut with the text", async () => {
  const lists = { tokens: ["a", "b"], token_logprobs: [-0.5, -1] };
  await serving(
    () => completion("ab", { logprobs: lists, token_ids: [3, 4] }),
    async (
      url, // vLLM
    ) =>
      assert.equal((await openAI(url, "m").generate(["p"]))[0], {
        text: "ab",
        tokens: [3, 4],
        logps: [-0.5, -1],
        finished: true,
      }),
  );
  const content = [
    { token: "<th", logprob: -0.1, id: 1 },
    { token: "ink>", logprob: -0.2, id: 2 },
    { token: "hm", logprob: -0.3, id: 3 },
  ];
  await serving(
    () => completion("<think>hm", { logprobs: { content } }),
    async (
      url, // llama.cpp
    ) =>
      assert.equal((await openAI(url, "m").generate(["p"]))[0], {
        text: "<think>hm",
        tokens: [1, 2, 3],
        logps: [-0.1, -0.2, -0.3],
        finished: true,
      }),
  );
  await serving(
    () => chat({ content: "<think>hm" }, { logprobs: { content } }),
    async (url) =>
      assert.equal((await openAI(url, "m", { api: "chat" }).generate([prompt]))[0], {
        text: "hm",
        tokens: [3],
        logps: [-0.3],
        finished: true,
      }),
  );
  const across = [
    { token: "<think", logprob: -0.1 },
    { token: ">hm", logprob: -0.2 },
  ];
  await serving(
    () => chat({ content: "<think>hm" }, { logprobs: { content: across } }),
    async (url) =>
      assert.equal(
        (await openAI(url, "m", { api: "chat" }).generate([prompt]))[0]!.logps,
        [],
        "the text begins inside a token",
      ),
  );
  await serving(
    () => completion("ab", { logprobs: { ...lists, token_logprobs: [null, -1] } }),
    async (url) => assert.equal((await openAI(url, "m").generate(["p"]))[0]!.logps, [], "one is missing"),
  );
});

test("an answer that is cut off, filtered or refused is data, and not finished", async () => {
  await serving(
    () => completion("ab", { finish_reason: "length" }),
    async (url) => assert.is((await openAI(url, "m").generate(["p"]))[0]!.finished, false),
  );
  for (const reply of [
    chat({ content: null }, { finish_reason: "content_filter" }),
    { status: 400, json: { error: { code: "content_filter", message: "no" } } },
  ]) {
    await serving(
      () => reply,
      async (url) =>
        assert.equal((await openAI(url, "m", { api: "chat" }).generate([prompt]))[0], {
          text: "",
          tokens: [],
          logps: [],
          finished: false,
        }),
    );
  }
  await serving(
    () => chat({ content: null, refusal: "I cannot." }),
    async (url) =>
      assert.equal((await openAI(url, "m", { api: "chat" }).generate([prompt]))[0], {
        text: "I cannot.",
        tokens: [],
        logps: [],
        finished: false,
      }),
  );
});

test("a server that is not reached, breaks off or replies otherwise is an outage, no empty completion", async () => {
  const gone = await serving(
    () => completion(""),
    async (url) => url,
  );
  assert.is((await rejection(openAI(gone, "m", once).generate(["p"]))).name, "SearchUnavailable");
  const replies = [
    { hangUp: true },
    { text: "<html>" },
    { json: {} },
    { json: { choices: [] } },
    { json: null },
    { json: { choices: [null] } },
    { json: { error: { message: "overloaded" } } },
    completion("x", { text: null }),
    completion("x", { finish_reason: "abort" }),
    chat({ content: "x" }),
    { status: 500, json: {} },
    { status: 401, json: {} },
  ];
  for (const reply of replies)
    assert.is(
      (
        await rejection(
          serving(
            () => reply,
            (url) => openAI(url, "m", once).generate(["p"]),
          ),
        )
      ).name,
      "SearchUnavailable",
      JSON.stringify(reply),
    );
  for (const reply of [
    chat({ content: 3 }),
    chat({}, { message: null }),
    chat({ content: null }, { finish_reason: "error" }),
    completion("x"),
  ])
    assert.is(
      (
        await rejection(
          serving(
            () => reply,
            (url) => openAI(url, "m", { ...once, api: "chat" }).generate([prompt]),
          ),
        )
      ).name,
      "SearchUnavailable",
      JSON.stringify(reply),
    );
});

test("a request that the server refuses is the caller's", async () => {
  const error = await rejection(
    serving(
      () => ({ status: 404, json: { error: "no model m" } }),
      (url) => openAI(url, "m").generate(["p"]),
    ),
  );
  assert.is(error.name, "TypeError");
  assert.match(error.message, /m at 127\.0\.0\.1:\d+ refuses the request with HTTP 404: .*no model m/);
});

test("a busy server is asked again, after as long as it says", () =>
  serving(
    (_, n) => (n === 1 ? { status: 429, json: {}, headers: { "retry-after": "1" } } : completion("x")),
    async (url, { seen }) => {
      const begun = performance.now();
      assert.is((await openAI(url, "m").generate(["p"]))[0]!.text, "x");
      assert.is(seen.length, 2);
      assert.ok(performance.now() - begun >= 990); // 1 s, where the first back-off is at most 0.63 s
    },
  ));

test("a server that wants minutes of rest is an outage at once", async () => {
  const error = await rejection(
    serving(
      () => ({ status: 429, json: {}, headers: { "retry-after": "3600" } }),
      (url) => openAI(url, "m").generate(["p"]),
    ),
  );
  assert.is(error.name, "SearchUnavailable");
  assert.match(error.message, /it asks for 3600 s of rest, after 1 attempt\./);
});

test("completions come in the order of the prompts, and no more requests are open than allowed", () =>
  serving(
    ({ body }) => ({ ...completion(`${body["prompt"] as string}!`), delay: body["prompt"] === "0" ? 60 : 10 }),
    async (url, service) => {
      const prompts = Array.from({ length: 12 }, (_, i) => String(i));
      const completions = await openAI(url, "m", { inFlight: 3 }).generate(prompts);
      assert.equal(
        completions.map(({ text }) => text),
        prompts.map((prompt) => `${prompt}!`),
      );
      assert.is(service.most, 3);
    },
  ));

test("each row has its seed, from its own stream; greedy rows and rows without a stream have none", () =>
  serving(
    () => completion("x"),
    async (url, { seen }) => {
      const policy = openAI(url, "m", { inFlight: 1 });
      for (const rng of [random(1), random(1), random(2)]) await policy.generate(["a", "b"], { rng });
      await policy.generate(["a"], { rng: random(1), temperature: 0 });
      await policy.generate(["a"]);
      const seeds = seen.map(({ body }) => body["seed"]);
      assert.equal(
        seeds.slice(0, 2),
        [0, 1].map((i) =>
          random(1)
            .fork(i)
            .below(2 ** 31),
        ),
      );
      assert.equal(seeds.slice(2, 4), seeds.slice(0, 2));
      assert.is(new Set([...seeds.slice(0, 2), ...seeds.slice(4, 6)]).size, 4);
      assert.equal(seeds.slice(6), [undefined, undefined]);
    },
  ));

test("tokens and cost are counted, and so are replies that tell none", () =>
  serving(
    (_, n) => (n < 3 ? completion("x") : { json: { choices: [{ text: "x", finish_reason: "stop" }] } }),
    async (url) => {
      const policy = openAI(url, "m", { promptPrice: 3, completionPrice: 15 });
      assert.equal(policy.usage, { requests: 0, promptTokens: 0, completionTokens: 0, unmetered: 0, cost: 0 });
      await policy.generate(["a", "b", "c"]);
      assert.equal(policy.usage, {
        requests: 3,
        promptTokens: 20,
        completionTokens: 8,
        unmetered: 1,
        cost: (20 * 3 + 8 * 15) / 1e6,
      });
    },
  ));

test("a time-out is an outage; an interruption ends at once", async () => {
  const slow = () => ({ ...completion("x"), delay: 2000 });
  assert.match(
    (await rejection(serving(slow, (url) => openAI(url, "m", { ...once, timeoutSeconds: 0.1 }).generate(["p"]))))
      .message,
    /no reply within 0.1 s/,
  );
  const begun = performance.now();
  assert.is(
    (
      await rejection(
        serving(slow, (url) => openAI(url, "m").generate(["p", "q"], { signal: AbortSignal.timeout(50) })),
      )
    ).name,
    "Interrupted",
  );
  assert.is(
    (await rejection(serving(slow, (url) => openAI(url, "m").generate(["p"], { signal: AbortSignal.abort() })))).name,
    "Interrupted",
  );
  assert.ok(performance.now() - begun < 1000);
});

test("after a failure the open requests are ended, since nobody will read them", () =>
  serving(
    ({ body }) =>
      body["prompt"] === "bad" ? { status: 400, json: {}, delay: 50 } : { ...completion("x"), delay: 2000 },
    async (url, service) => {
      assert.is((await rejection(openAI(url, "m").generate(["good", "bad", "good"]))).name, "TypeError");
      for (let i = 0; i < 50 && service.left < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.is(service.left, 2);
    },
  ));

test("a key is in no error, whoever repeats it, and does not follow a redirect", async () => {
  const apiKey = "sk-0123456789abcdef";
  const everything = (error: unknown): string =>
    error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${everything(error.cause)}` : "";
  for (const status of [400, 401, 429, 500]) {
    for (const reply of [
      { status, json: { error: `bad key ${apiKey}` } },
      { status, text: `bad key ${apiKey}` },
    ]) {
      const error = await rejection(
        serving(
          () => reply,
          (url) => openAI(url, "m", { ...once, apiKey }).generate(["p"]),
        ),
      );
      assert.match(error.message, /bad key …/);
      assert.not.match(everything(error), apiKey);
    }
  }
  for (const make of [
    () => openAI("http://x/v1", "m", { apiKey: `${apiKey}\n` }),
    () => openAI("http://x/v1", "m", { apikey: apiKey } as object),
    () => openAI(`http://me:${apiKey}@x/v1`, "m"),
    () => openAI(`http://x/v1?key=${apiKey}`, "m"),
  ]) {
    assert.throws(make, (error: Error) => error.name === "TypeError" && !everything(error).includes(apiKey));
  }
  const reached = await serving(
    () => completion("x"),
    (elsewhere, { seen }) =>
      serving(
        () => ({ status: 307, headers: { location: `${elsewhere}/completions` }, json: {} }),
        async (url) => {
          assert.is((await rejection(openAI(url, "m", { ...once, apiKey }).generate(["p"]))).name, "SearchUnavailable");
          return seen.length;
        },
      ),
  );
  assert.is(reached, 0);
});

test("settings are checked where they are given", () => {
  assert.throws(() => openAI("127.0.0.1:8000", "m"), /is no address of a server/);
  assert.throws(() => openAI("http://x/v1", "m", { api: "responses" as "chat" }), /"completions" or "chat"/);
  assert.throws(() => openAI("http://x/v1", "m", { inFlight: 0 }), /inFlight is 0/);
  assert.throws(() => openAI("http://x/v1", "m", { retries: 3 } as object), /unknown setting "retries" \(3\)/);
});

test("options go by the name that the server has for them; one that it has not is refused, not left out", () =>
  serving(
    () => completion("x"),
    async (url, { seen }) => {
      const options = { topK: 20, minP: 0.1, repetitionPenalty: 1.2, stop: ["</answer>"] };
      await openAI(url, "m", { server: "vllm" }).generate(["a"], options);
      await openAI(url, "m", { server: "llama.cpp" }).generate(["a"], options);
      await openAI(url, "m").generate(["a"], { stop: ["b"], topK: 0, minP: 0, repetitionPenalty: 1 });
      const sent = seen.map(({ body: { top_k, min_p, repetition_penalty, repeat_penalty, stop } }) => ({
        top_k,
        min_p,
        repetition_penalty,
        repeat_penalty,
        stop,
      }));
      const shared = { top_k: 20, min_p: 0.1, stop: ["</answer>"] };
      assert.equal(sent, [
        { ...shared, repetition_penalty: 1.2, repeat_penalty: undefined },
        { ...shared, repetition_penalty: undefined, repeat_penalty: 1.2 },
        { top_k: undefined, min_p: undefined, repetition_penalty: undefined, repeat_penalty: undefined, stop: ["b"] },
      ]);
      for (const [server, option, pattern] of [
        [
          "unknown",
          { topK: 5 },
          /is not known to take topK\. Leave it out, or say what the server is: \{ server: "vllm" \}/,
        ],
        ["ollama", { minP: 0.1 }, /is not known to take minP\. Leave it out\.$/],
        ["openai", { repetitionPenalty: 1.1 }, /is not known to take repetitionPenalty/],
        ["vllm", { grammar: [{ kind: "literal", text: "a" }] as const }, /is not known to take grammar/],
      ] as const) {
        const error = await rejection(openAI(url, "m", { server }).generate(["a"], option));
        assert.match(`${error.name} ${error.message}`, /^TypeError openAI: m at 127/);
        assert.match(error.message, pattern);
      }
      assert.match(
        (await rejection(openAI(url, "m").generate(["a"], { topP: 2 }))).message,
        /topP is 2; it must be above 0 and at most 1/,
      );
      assert.is(seen.length, 3, "nothing was asked in vain");
      assert.throws(
        () => openAI(url, "m", { server: "abacus" as "vllm" }),
        /server is "abacus"; it must be one of unknown, vllm/,
      );
    },
  ));

test("no prompts make no request", async () =>
  assert.equal(await openAI("http://127.0.0.1:1/v1", "m").generate([]), []));

test("an outage below the service is asked for again, whatever status it comes under", async () => {
  const bad = [
    { status: 408, json: {} },
    { status: 409, json: {} },
    { json: { error: { code: 502, message: "Provider returned error" } } },
    { json: { choices: [{ text: "", finish_reason: "error", error: { code: 503 } }] } },
    { json: { type: "error", error: { type: "overloaded_error" } } },
  ];
  for (const reply of bad) {
    const texts = await serving(
      (_, number) => (number === 1 ? reply : completion("x")),
      async (url) => (await openAI(url, "m").generate(["a"])).map(({ text }) => text),
    );
    assert.equal(texts, ["x"], JSON.stringify(reply));
  }
  assert.is(
    (
      await serving(
        () => ({ status: 402, json: { error: { message: "Insufficient balance" } } }),
        (url) =>
          openAI(url, "m")
            .generate(["a"])
            .then(
              () => assert.unreachable() as never,
              (error: Error) => error,
            ),
      )
    ).name,
    "SearchUnavailable",
  );
});

test.run();

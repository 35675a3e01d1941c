import { test } from "uvu";
import * as assert from "uvu/assert";
import { replicas } from "../../../lib/scaling/replicas/replicas";
import { tinyTokenizer } from "../../fixtures";
import { rejection, serving, type Reply, type Seen } from "../../models/remote/service";

const models = ({ path }: Seen): boolean => path.endsWith("/models");
const list = (...names: string[]): Reply => ({
  json: { object: "list", data: names.map((id) => ({ id, object: "model" })) },
});
const quick = { healthSeconds: 0.05, patienceSeconds: 2 };
const ids = tinyTokenizer.encode("the cat");
const texts = ids.map((id) => tinyTokenizer.decode([id]));

/** One choice around what differs between engines and their versions. */
const reply = (choice: object): Reply => ({
  json: {
    id: "cmpl-1",
    object: "text_completion",
    choices: [{ index: 0, text: "the cat", finish_reason: "stop", stop_reason: null, ...choice }],
    usage: { prompt_tokens: 3, total_tokens: 5, completion_tokens: 2, prompt_tokens_details: null },
  },
});
const logps = ids.map((_, i) => -0.5 - i);
const top = ids.map((_, i) => ({ [texts[i]!]: logps[i] }));

/** Answers as their protocol files give them: vllm/entrypoints/openai/protocol.py, sglang/srt/entrypoints/openai. */
const shapes: readonly (readonly [engine: "vllm" | "sglang", what: string, choice: object, tokens: number[]])[] = [
  [
    "vllm",
    "0.6 to 0.10.1: texts and log-probabilities; the tokenizer reads the ids",
    {
      logprobs: { text_offset: [0, 3], token_logprobs: logps, tokens: texts, top_logprobs: top },
      prompt_logprobs: null,
    },
    ids,
  ],
  [
    "vllm",
    "started with --return-tokens-as-token-ids: ids stand in place of texts",
    {
      logprobs: {
        text_offset: [0, 3],
        token_logprobs: logps,
        tokens: ids.map((id) => `token_id:${id}`),
        top_logprobs: ids.map((id, i) => ({ [`token_id:${id}`]: logps[i] })),
      },
    },
    ids,
  ],
  [
    "vllm",
    "0.10.2 on with return_token_ids: ids apart, those of the prompt too",
    {
      logprobs: { text_offset: [0, 3], token_logprobs: logps, tokens: texts, top_logprobs: top },
      token_ids: ids,
      prompt_token_ids: [1, 2, 3],
    },
    ids,
  ],
  [
    "sglang",
    "0.4 and 0.5: offsets of −1, and the token that ended it as matched_stop",
    {
      logprobs: { text_offset: [-1, -1], token_logprobs: logps, tokens: texts, top_logprobs: [null, null] },
      matched_stop: 151645,
      hidden_states: null,
    },
    ids,
  ],
];
for (const [engine, what, choice, tokens] of shapes)
  test(`${engine} ${what}`, () =>
    serving(
      () => reply(choice),
      async (url) => {
        const sampler = replicas([url], "m", { ...quick, engine, tokenizer: tinyTokenizer });
        const [written] = await sampler.generate(["p"]);
        assert.equal(written, { text: "the cat", tokens, logps, finished: true });
        assert.is(sampler.usage.completionTokens, 2);
      },
    ));

test("a schema that guides the text goes along as the engine names it; prompts stay raw", () =>
  serving(
    () => reply({}),
    async (url, { seen }) => {
      const guided_json = { type: "object", required: ["query"] };
      const sampler = replicas([url], "m", { ...quick, extra: { guided_json } });
      await sampler.generate(["<|im_start|>q<think>"]);
      assert.equal(seen[0]!.body["guided_json"], guided_json);
      assert.is(seen[0]!.body["prompt"], "<|im_start|>q<think>");
    },
  ));

test("a response that an engine broke off is an outage, and no completion", () =>
  serving(
    () => reply({ finish_reason: "abort", text: "the" }),
    async (url) => {
      const error = await rejection(replicas([url], "m", { ...quick, patienceSeconds: 0 }).generate(["p"]));
      assert.is(error.name, "SearchUnavailable");
    },
  ));

const tooLong = "This model's maximum context length is 2048 tokens. However, you requested 2560 tokens.";
for (const [what, json] of [
  ["vLLM to 0.9", { object: "error", message: tooLong, type: "BadRequestError", param: null, code: 400 }],
  ["vLLM from 0.10", { error: { message: tooLong, type: "BadRequestError", param: null, code: 400 } }],
  ["SGLang", { object: "error", message: tooLong, type: "BadRequestError", param: null, code: 400 }],
] as const)
  test(`a prompt that is too long is refused in the words of ${what}, and no server is taken out`, () =>
    serving(
      (seen) => (models(seen) ? list("m") : { status: 400, json }),
      async (url) => {
        const sampler = replicas([url], "m", quick);
        const error = await rejection(sampler.generate(["p"]));
        assert.is(error.name, "TypeError");
        assert.match(error.message, /HTTP 400.*maximum context length is 2048 tokens/);
        assert.ok(sampler.state[0]!.healthy);
      },
    ));

test("an engine that refuses a field says which, and `extra` leaves it out", () =>
  serving(
    ({ body }) =>
      "return_token_ids" in body
        ? { status: 400, json: { object: "error", message: "Extra inputs are not permitted: return_token_ids" } }
        : reply({}),
    async (url) => {
      assert.match(
        (await rejection(replicas([url], "m", quick).generate(["p"]))).message,
        /Extra inputs are not permitted: return_token_ids.*`extra` changes them/,
      );
      const [written] = await replicas([url], "m", { ...quick, extra: { return_token_ids: undefined } }).generate([
        "p",
      ]);
      assert.is(written!.text, "the cat");
    },
  ));

test("an engine that is loading is waited for: 503, then a completion", () =>
  serving(
    (seen, number) => (models(seen) ? list("m") : number === 1 ? { status: 503, text: "loading" } : reply({})),
    async (url) => {
      const [written] = await replicas([url], "m", quick).generate(["p"]);
      assert.is(written!.text, "the cat");
    },
  ));

test("a name that no server has is told with the names that they serve, at once", () =>
  serving(
    (seen) =>
      models(seen)
        ? list("Qwen/Qwen2.5-3B-Instruct", "adapter")
        : {
            status: 404,
            json: { object: "error", message: "The model `m` does not exist.", type: "NotFoundError", code: 404 },
          },
    async (url) => {
      const error = await rejection(replicas([url, url], "m", { ...quick, patienceSeconds: 600 }).generate(["p"]));
      assert.is(error.name, "RangeError");
      assert.match(error.message, /none of the 2 servers serves "m".*serves "Qwen\/Qwen2\.5-3B-Instruct", "adapter"/s);
    },
  ));

test("a server that hangs is taken out after three looks, and the other writes what it had", () =>
  serving(
    () => ({ ...reply({}), delay: 60_000 }), // looks hang too
    (hanging) =>
      serving(
        (seen) => (models(seen) ? list("m") : reply({})),
        async (well, { seen }) => {
          const sampler = replicas([hanging, well], "m", { ...quick, timeoutSeconds: 50 });
          const begun = performance.now();
          const written = await sampler.generate(["a", "b", "c"]);
          assert.equal(
            written.map(({ text }) => text),
            ["the cat", "the cat", "the cat"],
          );
          assert.ok(performance.now() - begun < 20_000);
          assert.equal(
            sampler.state.map(({ healthy, load }) => [healthy, load]),
            [
              [false, 0],
              [true, 0],
            ],
          );
          assert.is(seen.filter((each) => !models(each)).length, 3);
        },
      ),
  ));

test("a server that answers looks and never finishes is taken out after timeoutSeconds", () =>
  serving(
    (seen) => (models(seen) ? list("m") : { ...reply({}), delay: 60_000 }),
    (stuck) =>
      serving(
        (seen) => (models(seen) ? list("m") : reply({})),
        async (well) => {
          const sampler = replicas([stuck, well], "m", { ...quick, timeoutSeconds: 0.4 });
          const written = await sampler.generate(["a", "b"]);
          assert.is(written.length, 2);
          assert.match(sampler.state[0]!.why, /no reply within 0\.4 s/);
        },
      ),
  ));

for (const engine of ["vllm", "sglang"] as const)
  test(`${engine}: a server that comes back with another model stays out, and is named; the others go on`, () => {
    let served = "m";
    return serving(
      (seen) =>
        models(seen)
          ? list(served)
          : { ...reply({ text: served }), delay: 150, ...(served !== "m" && notThere(engine)) },
      (changing) =>
        serving(
          (seen) => (models(seen) ? list("m") : { ...reply({ text: "m" }), delay: 150 }),
          async (well) => {
            const sampler = replicas([changing, well], "m", { ...quick, engine, inFlight: 1 });
            const running = sampler.generate(Array.from({ length: 8 }, (_, i) => `p${i}`));
            setTimeout(() => (served = "other"), 100);
            const written = await running;
            assert.ok(
              written.every(({ text }) => text === "m"),
              JSON.stringify(written),
            );
            assert.match(sampler.state[0]!.why, /does not serve "m"; it serves "other"/);
            assert.not.ok(sampler.state[0]!.healthy);
          },
        ),
    );
  });

/** vLLM refuses a name that it does not have; SGLang reads none. */
const notThere = (engine: "vllm" | "sglang"): Partial<Reply> =>
  engine === "vllm" ? { status: 404, json: { message: "The model `m` does not exist." } } : {};

test.run();

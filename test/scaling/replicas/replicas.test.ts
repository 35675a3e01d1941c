import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { openAI } from "../../../lib/models/remote/openai";
import { idsOfPieces } from "../../../lib/models/remote/piece-ids";
import { replicas } from "../../../lib/scaling/replicas/replicas";
import { tinyTokenizer } from "../../fixtures";
import { completion, rejection, serving, type Reply, type Seen } from "../../models/remote/service";

/** A reply that has as many choices as were asked for, each with its server and its place. */
const choices = (name: string, { body }: Seen): Reply => ({
  json: {
    choices: Array.from({ length: Number(body["n"] ?? 1) }, (_, i) => ({ text: `${name}${i}`, finish_reason: "stop" })),
    usage: { prompt_tokens: 10, completion_tokens: 4 },
  },
});
const models = ({ path }: Seen): boolean => path.endsWith("/models");
const quick = { healthSeconds: 0.05, patienceSeconds: 2 };

test("equal prompts are one request with n samples, raw, untruncated, with log-probabilities and ids", () =>
  serving(
    (seen) => choices("a", seen),
    async (url, { seen }) => {
      const texts = await replicas([url], "m", quick).generate(["p", "p", "q"], { rng: random(1), temperature: 1 });
      assert.equal(
        texts.map(({ text }) => text),
        ["a0", "a1", "a0"],
      );
      assert.is(seen.filter((each) => !models(each)).length, 2);
      const { body } = seen.find((one) => one.body["prompt"] === "p")!;
      assert.is(body["n"], 2);
      assert.is(body["logprobs"], 1);
      assert.is(body["top_p"], 1);
      assert.is(body["top_k"], -1);
      assert.is(body["return_token_ids"], true);
    },
  ));

test("a server that knows no n is asked for the rest one by one, each with a seed of its own", () =>
  serving(
    (_, number) => completion(`answer ${number}`),
    async (url, { seen }) => {
      const texts = await openAI(url, "m", { together: true }).generate(["p", "p", "p"], {
        rng: random(1),
        temperature: 1,
      });
      assert.equal(
        texts.map(({ text }) => text),
        ["answer 1", "answer 2", "answer 3"],
      );
      assert.is(new Set(seen.map(({ body }) => body["seed"])).size, 3);
    },
  ));

test("requests go to the server with the fewest completions to write", () =>
  serving(
    (seen) => ({ ...choices("slow", seen), delay: 150 }),
    (slow, one) =>
      serving(
        (seen) => ({ ...choices("fast", seen), delay: 5 }),
        async (fast, two) => {
          const prompts = Array.from({ length: 20 }, (_, i) => `p${i}`);
          await replicas([slow, fast], "m", { ...quick, inFlight: 2 }).generate(prompts);
          const [few, many] = [one, two].map(({ seen }) => seen.filter((each) => !models(each)).length);
          assert.is(few! + many!, 20);
          assert.ok(many! > 2 * few!, `${few} slow, ${many} fast`);
        },
      ),
  ));

test("a server that dies is taken out, the others write what it had, and it comes back", async () => {
  let dead = true;
  await serving(
    (seen) => (dead ? { hangUp: true } : choices("a", seen)),
    (first) =>
      serving(
        (seen) => choices("b", seen),
        async (second) => {
          const engine = replicas([first, second], "m", quick);
          const prompts = Array.from({ length: 6 }, (_, i) => `p${i}`);
          const texts = await engine.generate(prompts);
          assert.ok(texts.every(({ text }) => text === "b0"));
          const [lost] = engine.state;
          assert.not.ok(lost!.healthy);
          assert.match(lost!.why, /socket hang up|did not answer/);
          dead = false;
          for (let i = 0; i < 100 && !engine.state[0]!.healthy; i++) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            await engine.generate([`q${i}`]);
          }
          assert.ok(engine.state[0]!.healthy);
          const again = await engine.generate(prompts);
          assert.ok(again.some(({ text }) => text === "a0"));
        },
      ),
  );
});

test("where no server answers, the call waits and then throws: an outage is no completion", () =>
  serving(
    () => ({ status: 503, json: {} }),
    async (url) => {
      const error = await rejection(replicas([url], "m", { ...quick, patienceSeconds: 0.2 }).generate(["p"]));
      assert.is(error.name, "SearchUnavailable");
      assert.match(error.message, /none of its 1 servers answers.*HTTP 503.*Start one of them/s);
    },
  ));

test("a server that is away for a while is waited for", async () => {
  let asked = 0;
  await serving(
    (seen) => {
      if (models(seen)) return { json: {} };
      return ++asked === 1 ? { status: 503, json: {} } : choices("a", seen);
    },
    async (url) => assert.is((await replicas([url], "m", quick).generate(["p"]))[0]!.text, "a0"),
  );
});

test("a wrong key and a refused request are named at once", () =>
  serving(
    (_, number) =>
      number === 1 ? { status: 401, json: { error: "no" } } : { status: 400, json: { error: "too long" } },
    async (url) => {
      const engine = replicas([url], "m", { ...quick, apiKey: "k".repeat(9) });
      assert.match((await rejection(engine.generate(["p"]))).message, /HTTP 401/);
      assert.match((await rejection(engine.generate(["p"]))).message, /refuses the request with HTTP 400.*too long/);
      assert.throws(() => replicas([], "m"), /there is no server in the list/);
      assert.throws(() => replicas([url], "m", { engine: "tgi" as "vllm" }), /"vllm", "sglang"/);
    },
  ));

test("texts of tokens become their ids, up to the first that is no single token", () => {
  const ids = tinyTokenizer.encode("the cat");
  const pieces = ids.map((id) => tinyTokenizer.decode([id]));
  assert.equal(idsOfPieces(pieces, tinyTokenizer), ids);
  assert.equal(idsOfPieces([...pieces, "", "a"], tinyTokenizer), ids); // "" is a part of a character
});

test("a response is cut where its tokens have no ids, and its text and log-probabilities with it", () =>
  serving(
    () => completion("the cat�", { logprobs: { tokens: ["t", "�", "e"], token_logprobs: [-1, -2, -3] } }),
    async (url) => {
      const engine = replicas([url], "m", {
        ...quick,
        engine: "llama-cpp-python",
        tokenizer: tinyTokenizer,
        begins: "<s>",
      });
      const [one] = await engine.generate(["<s>p"]);
      assert.equal(one, { text: "t", tokens: tinyTokenizer.encode("t"), logps: [-1], finished: false });
    },
  ));

test.run();

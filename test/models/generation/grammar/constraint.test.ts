import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { useBackend } from "../../../../lib/backend/choose";
import { constraintOf } from "../../../../lib/models/generation/grammar/constraint";
import { tokenBytes } from "../../../../lib/models/generation/grammar/token-bytes";
import { tokenizerFrom } from "../../../../lib/models/tokenizers/tokenizer";
import { untrained } from "../../../../lib/models/policy";
import { answerGrammar } from "../../../../lib/prompts/answer-grammar";
import { parseAnswer } from "../../../../lib/prompts/answer";
import { close, tinyConfig, tinyPolicy, tinyTokenizer } from "../../../fixtures";
import { tf } from "../../../../lib/backend/tf";

test.before(async () => void (await useBackend("wasm")));

const grammar = answerGrammar({ opened: "<think>" });
const allowed = (state: number, left: number) => {
  const mask = new Float32Array(300);
  constraintOf(grammar, tinyTokenizer).mask(state, left, mask);
  return [...mask.keys()].filter((token) => mask[token] === 0);
};

test("the bytes of a token are those of its text; special tokens have none", () => {
  const bytes = tokenBytes(tinyTokenizer);
  for (const text of ["the", "é", "</think>"])
    assert.equal(
      tinyTokenizer.encode(text).flatMap((token) => [...bytes[token]!]),
      [...Buffer.from(text)],
    );
  assert.is(bytes[tinyTokenizer.eos], undefined);
});

test("a vocabulary that is not written in bytes is refused", () => {
  const pieces = tokenizerFrom(
    {
      model: { type: "BPE", vocab: { "▁the": 0 }, merges: [] },
      added_tokens: [],
      decoder: null,
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
    },
    { stops: [0] },
  );
  assert.throws(
    () => constraintOf(grammar, pieces),
    /token "▁the", which is not written in bytes\. A grammar needs a byte-level BPE vocabulary/,
  );
});

test("tokens may come as long as the end can be reached in time: the shortest way last", () => {
  const constraint = constraintOf(grammar, tinyTokenizer);
  // no vocabulary of ours has a longer piece of it
  const written = tinyTokenizer.encode('</think><answer>{"query":"a"}</answer>');
  assert.is(constraint.shortest, written.length + 1); // and the end
  const [thinkEnd] = tinyTokenizer.encode("</think>") as [number];
  assert.ok(allowed(constraint.start, constraint.shortest + 1).length > 100, "there is time for a token of thought");
  assert.equal(allowed(constraint.start, constraint.shortest), [thinkEnd], "there is none");
  let state = constraint.start;
  for (const token of written) state = constraint.after(state, token);
  assert.equal(allowed(state, 50), [tinyTokenizer.eos]);
});

test("a thousand responses of random weights, of any length, are all of the form, and end in time", async () => {
  const policies = [
    tinyPolicy(1),
    ...[1, 2].map((seed) => untrained({ ...tinyConfig, num_hidden_layers: 1 }, tinyTokenizer, seed)),
  ];
  let [count, longest] = [0, 0];
  for (let i = 0; count < 1000; i++) {
    const opened = (["<think>", "<answer>", ""] as const)[i % 3]!;
    const key = i % 2 ? "sql" : "query";
    const maxTokens = [18, 20, 24, 36][i % 4]!;
    const options = {
      grammar: answerGrammar({ opened, key }),
      maxTokens,
      rng: random(i),
      temperature: [1, 0, 3][i % 5] ?? 1,
      ...(i % 7 === 0 && { topP: 0.5, repetitionPenalty: 1.3 }),
    };
    const completions = await policies[i % policies.length]!.generate(Array<string>(50).fill("a"), options);
    for (const { text, finished, tokens, logps } of completions) {
      const answer = parseAnswer(opened + text, { key, reasoning: opened !== "<answer>" });
      assert.is(answer.kind, "query", JSON.stringify([opened, text, answer]));
      assert.ok(
        finished &&
          tokens.length <= maxTokens &&
          tokens.at(-1) === tinyTokenizer.eos &&
          logps.length === tokens.length &&
          logps.every((logp) => logp <= 0 && logp > -Infinity),
      );
      longest = Math.max(longest, tokens.length);
      count++;
    }
  }
  assert.ok(longest > 30, `${longest}`);
});

test("log-probabilities stay those that training computes, with nothing masked", async () => {
  const policy = tinyPolicy();
  const completions = await policy.generate(["the cat", "a"], { grammar, maxTokens: 30, rng: random(3) });
  const batch = policy.batch(
    completions.map(({ tokens }, i) => ({ prompt: policy.tokenizer.encode(["the cat", "a"][i]!), response: tokens })),
  );
  const rows = tf.tidy(() => policy.tokenLogps(batch).logps.arraySync());
  for (const [i, { logps }] of completions.entries())
    close(logps, rows[i]!.slice(0, logps.length), { rtol: 0, atol: 1e-3 });
  batch.dispose();
});

test("a limit that is too short for any text is refused with the shortest", async () => {
  const policy = tinyPolicy();
  try {
    await policy.generate(["a"], { grammar, maxTokens: 5 });
    assert.unreachable("wrote half an answer");
  } catch (error) {
    assert.match(
      (error as Error).message,
      /the shortest text that keeps to the grammar has \d+ tokens; maxTokens is 5/,
    );
  }
});

test.run();

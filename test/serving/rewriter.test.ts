import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../lib/core/records";
import type { Sampler, SamplingOptions } from "../../lib/core/roles";
import { answerGrammar } from "../../lib/prompts/answer-grammar";
import { rewriter } from "../../lib/serving/rewriter";

const problems: Problem[] = ["one", "two", "three"].map((query, i) => ({ id: `p${i}`, query, judgments: { a: 1 } }));
const task = { prompt: ({ query }: Problem) => `Assistant: is no mark here. ${query}\n<think>\n` };

/** Continues with what `write` makes of a prompt. */
const sampler = (
  write: (prompt: string, i: number, options: SamplingOptions) => string,
  seen: SamplingOptions[] = [],
): Sampler => ({
  name: "fake",
  generate: async (prompts, options = {}) => {
    seen.push(options);
    return prompts.map((prompt, i) => ({ text: write(prompt, i, options), tokens: [], logps: [], finished: true }));
  },
});
const answering = (query: string) => `hm</think>\n<answer>{"query": "${query}"}</answer>`;

test("the think tag that the prompt opened is part of the turn", async () => {
  const better = rewriter(
    sampler((prompt) => answering(prompt.split(/\s/).at(-3)!.toUpperCase())),
    task,
  );
  assert.is(better.name, "fake");
  assert.equal(await better.rewrite(problems), ["ONE", "TWO", "THREE"]);
});

test("a malformed completion is no query, or the question as typed if asked for", async () => {
  const stammering = sampler((_, i) => (i === 1 ? "no tags" : answering("x")));
  assert.equal(await rewriter(stammering, task).rewrite(problems), ["x", "", "x"]);
  assert.equal(await rewriter(stammering, task, { fallback: "typed" }).rewrite(problems), ["x", "two", "x"]);
});

test("a prompt that opens the answer gets no thoughts, and a question to a database gets SQL", async () => {
  const sql = { database: "pets", gold: "SELECT 1", schema: "" };
  const asked = { prompt: ({ query }: Problem) => `${query}\n<answer>` };
  const better = rewriter(
    sampler(() => '{"query": "x", "sql": "SELECT 2"}</answer>'),
    asked,
  );
  assert.equal(await better.rewrite([problems[0]!, { ...problems[1]!, sql }]), ["x", "SELECT 2"]);
});

test(
  "held to the form of an answer, the sampler gets its grammar; problems that want several forms are " + "refused",
  async () => {
    const seen: SamplingOptions[] = [];
    await rewriter(
      sampler(() => "", seen),
      task,
      { wellFormed: true },
    ).rewrite(problems);
    assert.equal(seen[0]!.grammar, answerGrammar({ opened: "<think>" }));
    const sql = { database: "pets", gold: "SELECT 1", schema: "" };
    try {
      await rewriter(
        sampler(() => "", seen),
        task,
        { wellFormed: true },
      ).rewrite([problems[0]!, { ...problems[1]!, sql }]);
      assert.unreachable("took one form for both");
    } catch (error) {
      assert.match((error as Error).message, /these problems want answers of 2 forms/);
    }
  },
);

test("it is greedy unless told, in one batch, and leaves the sampler its own token limit", async () => {
  const seen: SamplingOptions[] = [];
  const { signal } = new AbortController();
  await rewriter(
    sampler(() => "", seen),
    task,
  ).rewrite(problems, { signal });
  assert.is(seen.length, 1);
  assert.is(seen[0]!.temperature, 0);
  assert.is(seen[0]!.signal, signal);
  assert.not.ok("maxTokens" in seen[0]!);
  await rewriter(
    sampler(() => "", seen),
    task,
    { temperature: 0.7, maxTokens: 9, name: "warm" },
  ).rewrite(problems);
  assert.equal([seen[1]!.temperature, seen[1]!.maxTokens], [0.7, 9]);
});

test("a sampled rewrite depends on the seed and the problem, not on the batch around it", async () => {
  const drawing = sampler((_, i, { rng }) => answering(String(rng!.fork(i).next())));
  const all = await rewriter(drawing, task, { seed: 1 }).rewrite(problems);
  assert.equal(await rewriter(drawing, task, { seed: 1 }).rewrite(problems.slice(1)), all.slice(1));
  assert.not.equal(await rewriter(drawing, task, { seed: 2 }).rewrite(problems), all);
  assert.is(new Set(all).size, 3);
});

test("a prompt without reasoning needs no think tag", async () => {
  const direct = rewriter(
    sampler(() => '{"query": "x"}</answer>'),
    { prompt: () => "Assistant:\n<answer>\n" },
    { reasoning: false },
  );
  assert.equal(await direct.rewrite(problems.slice(0, 1)), ["x"]);
});

test("a policy that has imitated examples is not told that it was trained on another prompt", async () => {
  const warnings: string[] = [];
  const listen = ({ name }: Error) => void warnings.push(name);
  process.on("warning", listen);
  const sampler = (lessons: readonly string[]) => ({
    name: "data/checkpoints/pubmed-coldstart",
    lessons,
    generate: async (prompts: readonly string[]) =>
      prompts.map(() => ({ text: "", tokens: [], logps: [], finished: true })),
  });
  const asked = { prompt: () => "Write SQL.<think>" };
  const problems = [{ id: "1", query: "how many ships", judgments: {} }];
  await rewriter(sampler(["sft of 2 steps, seed 2"]), asked).rewrite(problems);
  await new Promise(setImmediate);
  assert.equal(warnings, []);
  await rewriter(sampler([]), asked).rewrite(problems);
  await new Promise(setImmediate);
  process.off("warning", listen);
  assert.equal(warnings, ["PromptWarning"]);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import type { Problem } from "../../../lib/core/records";
import type { Task } from "../../../lib/core/roles";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";
import { useBackend } from "../../../lib/backend/choose";
import { criticFrom } from "../../../lib/models/critic";
import { eagerDecoding } from "../../../lib/models/generation/decoding/decoding";
import type { Policy } from "../../../lib/models/policy";
import { ongoingCompletion } from "../../../lib/models/generation/ongoing-completion";
import { samplingSettings } from "../../../lib/models/generation/sampling-options";
import { generateTokens } from "../../../lib/models/generation/batch-loop";
import { answerGrammar } from "../../../lib/prompts/answer-grammar";
import { rewriter } from "../../../lib/serving/rewriter";
import { fitCritic } from "../../../lib/training/supervised/fit-critic";
import { ppo } from "../../../lib/training/ppo";
import { sft } from "../../../lib/training/supervised/sft";
import { validate } from "../../../lib/training/loop/validation";
import { lettersTask, tensorsLeftBy, tinyPolicy } from "../../fixtures";

const context = 64; // of tinyPolicy
let policy: Policy;
test.before(async () => {
  await useBackend("auto"); // a program decodes on native, single operations elsewhere
  policy = tinyPolicy();
});

/** A prompt of so many tokens. */
const prompt = (tokens: number): string => "x".repeat(tokens);
const rng = () => random(5).fork("context");
const failure = async (work: () => Promise<unknown>): Promise<Error> => {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
};
const drawn = async <T>(run: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const each of run) all.push(each);
  return all;
};

for (const [way, options] of Object.entries({
  greedy: { temperature: 0 },
  sampled: { temperature: 1 },
  "sampled on the host": { temperature: 0.9, topK: 20 },
  "with a penalty": { temperature: 0, repetitionPenalty: 1.2 },
  "in batches that are refilled": { temperature: 0, batch: 2 },
  "one at a time": { temperature: 0, batch: 1 },
  "with a stop string that does not come": { temperature: 0, stop: ["§§§"] },
})) {
  test(`${way}: a row that comes to the end is cut there, and the others are what they are without it`, async () => {
    const short = [prompt(3), prompt(10), "the cat sat", "aspirin"];
    const prompts = [prompt(60), short[0]!, prompt(63), short[1]!, short[2]!, prompt(50), short[3]!];
    const left = await tensorsLeftBy(async () => {
      const completions = await policy.generate(prompts, { maxTokens: 45, rng: rng(), ...options });
      for (const [i, { tokens, logps, finished }] of completions.entries()) {
        const room = context - policy.tokenizer.encode(prompts[i]!).length;
        assert.ok(tokens.length <= Math.min(room, 45), `row ${i}: ${tokens.length} tokens, room for ${room}`);
        if (!finished) assert.is(tokens.length, Math.min(room, 45), `row ${i}`);
        assert.is(logps.length, tokens.length);
        assert.ok(logps.every(Number.isFinite));
      }
      assert.equal(
        [completions[0]!, completions[2]!].map(({ tokens, finished }) => [tokens.length, finished]),
        [
          [4, false],
          [1, false],
        ],
      );
      const stream = rng();
      const places = [1, 3, 4, 6];
      const alone = await policy.generate(short, {
        maxTokens: 45,
        ...options,
        rng: { ...stream, fork: (row, ...path) => stream.fork(places[Number(row)]!, ...path) },
      });
      assert.equal(
        places.map((i) => completions[i]!.tokens),
        alone.map(({ tokens }) => tokens),
      );
    });
    assert.is(left, 0);
  });
}

test("one operation after the other, as on other backends, writes the same", async () => {
  const { tokenizer } = policy;
  const prompts = [60, 3, 63, 10, 50, 20].map((length) => tokenizer.encode(prompt(length)));
  const settings = samplingSettings({ maxTokens: 45, temperature: 0 });
  const eager = prompts.map((each, index) => ongoingCompletion(each, index, tokenizer, settings, context));
  for await (const _ of generateTokens(eagerDecoding(policy), eager, tokenizer.pad, {
    ...settings,
    batch: 4,
    context,
  }));
  const own = await policy.generate([60, 3, 63, 10, 50, 20].map(prompt), { maxTokens: 45, temperature: 0, batch: 4 });
  assert.equal(
    eager.map(({ tokens }) => tokens),
    own.map(({ tokens }) => tokens),
  );
});

test("every row comes to the end, at different tokens", async () => {
  const prompts = Array.from({ length: 12 }, (_, i) => prompt(52 + i));
  const completions = await policy.generate(prompts, { maxTokens: 1000, temperature: 0, batch: 5 });
  for (const [i, { tokens, finished }] of completions.entries()) if (!finished) assert.is(tokens.length, 12 - i);
});

test("a stream is cut at the end, and says so", async () => {
  const stream = policy.stream(prompt(58), { maxTokens: 50, temperature: 0 });
  let text = "";
  for (;;) {
    const next = await stream.next();
    if (next.done) {
      assert.equal([next.value.tokens.length, next.value.finished, next.value.text], [6, false, text]);
      break;
    }
    text += next.value;
  }
});

test("held to a grammar, a row ends within the context; where no text of it fits, it alone is cut", async () => {
  const held = { grammar: answerGrammar({ opened: "<answer>", reasoning: false, key: "query" }) };
  const shortest = (await policy.generate(["a"], { ...held, maxTokens: 60, temperature: 0 }))[0]!;
  assert.ok(shortest.finished);
  const completions = await policy.generate([prompt(61), prompt(20), prompt(5)], {
    ...held,
    maxTokens: 60,
    rng: rng(),
  });
  assert.equal(
    completions.map(({ finished }) => finished),
    [false, true, true],
  );
  assert.is(completions[0]!.tokens.length, 3);
  assert.ok(completions[1]!.tokens.length <= 44);
  assert.match(
    (await failure(() => policy.generate(["a"], { ...held, maxTokens: 2 }))).message,
    /the shortest text that keeps to the grammar/,
  );
});

test("a prompt that fills the context is refused before the first token of any row", async () => {
  for (const [length, why] of [
    [64, /prompt 1 has 64 tokens, all of the model's 64, which leave no room for a response/],
    [70, /prompt 1 has 70 tokens, past the model's 64/],
  ] as const) {
    let tokens = 0;
    const stream = random(1);
    const counting = { ...stream, fork: () => ({ ...stream, next: () => (tokens++, stream.next()) }) };
    assert.match((await failure(() => policy.generate(["a", prompt(length)], { rng: counting }))).message, why);
    assert.match((await failure(() => policy.stream(prompt(length)).next())).message, /prompt 0 has/);
    assert.is(tokens, 0);
  }
  assert.equal([policy.room(prompt(60)), policy.room(prompt(64)), policy.room(prompt(80))], [4, 0, 0]);
});

const longTask = (...lengths: readonly number[]): Task => ({
  ...lettersTask(lengths.length),
  prompt: ({ id }: Problem) => prompt(lengths[Number(id.slice(1))]!),
});

test("PPO goes on with long and short prompts together, whose columns exceed the model's positions", async () => {
  const task = longTask(60, 4, 62, 5);
  const own = tinyPolicy();
  const left = await tensorsLeftBy(async () => {
    const steps = await drawn(
      ppo(own, task, { steps: 2, batchSize: 4, miniBatch: 4, maxResponse: 50, learningRate: 1e-3, temperature: 0.9 }),
    );
    assert.is(steps.length, 2);
    for (const step of steps) for (const [name, value] of Object.entries(step)) assert.ok(Number.isFinite(value), name);
    assert.ok(steps[0]!["response_length/clip_ratio"]! >= 0.5);
  });
  assert.is(left, 0);
});

test("what training computes of a padded batch is what it computes of each row alone", async () => {
  const rows = [
    [60, 4],
    [4, 50],
    [63, 1],
    [10, 20],
  ].map(([p, r]) => ({
    prompt: Array.from({ length: p! }, (_, i) => (i * 7) % 290),
    response: Array.from({ length: r! }, (_, i) => (i * 11) % 290),
  }));
  const logps = (sequences: typeof rows): number[][] => {
    const batch = policy.batch(sequences);
    const { logps, entropy } = policy.tokenLogps(batch);
    const values = logps.arraySync();
    [logps, entropy].forEach((tensor) => tensor.dispose());
    batch.dispose();
    return values.map((row, b) => row.slice(0, sequences[b]!.response.length));
  };
  const together = logps(rows); // 63 + 50 columns
  for (const [b, row] of rows.entries())
    for (const [t, value] of logps([row])[0]!.entries())
      assert.ok(Math.abs(value - together[b]![t]!) < 1e-4, `row ${b}, token ${t}: ${value} and ${together[b]![t]}`);
  assert.throws(
    () =>
      policy.batch([
        { prompt: [1], response: [2] },
        { prompt: Array<number>(60).fill(1), response: Array<number>(5).fill(1) },
      ]),
    /sequence 1 has 65 tokens \(60 of its prompt\), past the model's 64/,
  );
});

test("PPO names the problems whose prompts leave no room before it begins", async () => {
  const error = await failure(() => drawn(ppo(tinyPolicy(), longTask(5, 64, 5, 90), { steps: 1 })));
  assert.ok(
    error.message.startsWith(
      "ppo: the prompts of 2 of 4 problems of letters fill the model's context of 64 tokens and " +
        "leave no room for a response: p1, p3.",
    ),
    error.message,
  );
});

test("evaluation and validation count such a problem as one without a query, and answer the others", async () => {
  const task = longTask(5, 64, 60, 90);
  const results = (await drawn(evaluate(task, [rewriter(policy, task, { maxTokens: 10 })]))) as Result[];
  assert.is(results.length, 4);
  assert.ok(results[1]!.malformed && results[3]!.malformed);
  const all = await validate(policy, task, 10);
  assert.ok(Number.isFinite(all["val-core/letters/reward/mean@1"]));
});

test("a row's text does not depend on the rows that were left out", async () => {
  const [long, short] = [longTask(64, 4, 9), longTask(4, 9)];
  const rewrite = async (task: Task, from: number) =>
    rewriter(policy, { prompt: (problem) => task.prompt(problem) }, { temperature: 1, maxTokens: 8 }).rewrite(
      task.problems.slice(from).map((problem) => ({ ...problem })),
    );
  const renamed: Task = {
    ...short,
    problems: short.problems.map((problem, i) => ({ ...problem, id: `p${i + 1}` })),
    prompt: ({ id }) => prompt([4, 9][Number(id.slice(1)) - 1]!),
  };
  assert.equal((await rewrite(long, 0)).slice(1), await rewrite(renamed, 0));
});

test("examples that are too long are cut, and refused by name where the prompt alone fills the context", async () => {
  const example = (p: number, r: number) => () => ({ prompt: prompt(p), response: "y".repeat(r), reward: 1 });
  const [step] = await drawn(sft(tinyPolicy(), example(60, 20), { steps: 1, batchSize: 2 }));
  assert.is(step!["perf/total_num_tokens"], 128);
  assert.match(
    (await failure(() => drawn(sft(tinyPolicy(), example(64, 2), { steps: 1, batchSize: 2 })))).message,
    /^sft: the prompt of example 0 of step 1 has 64 tokens; the model's context is 64/,
  );
  const own = tinyPolicy();
  const [fitted] = await drawn(
    fitCritic(criticFrom(own), own, async () => example(50, 40)(), { steps: 1, batchSize: 2 }),
  );
  assert.ok(Number.isFinite(fitted!["critic/vf_loss"]));
  assert.match(
    (
      await failure(() =>
        drawn(fitCritic(criticFrom(own), own, async () => example(70, 1)(), { steps: 1, batchSize: 2 })),
      )
    ).message,
    /^fitCritic: the prompt of example 0 of step 1 has 70 tokens/,
  );
});

test.run();

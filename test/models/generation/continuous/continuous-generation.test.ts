import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { tf } from "../../../../lib/backend/tf";
import { random } from "../../../../lib/core/random";
import {
  type ContinuousGeneration,
  type ContinuousLimits,
  continuousGeneration,
  type Ticket,
} from "../../../../lib/models/generation/continuous/continuous-generation";
import type { RequestOptions } from "../../../../lib/models/generation/continuous/request";
import { type Policy, qwen2 } from "../../../../lib/models/policy";
import { tokensIn } from "./tokens-in";

let policy: Policy;
test.before(async () => {
  await useBackend();
  policy = qwen2("data/checkpoints/pubmed-coldstart");
});
test.after(() => policy.dispose());

const limits: ContinuousLimits = { batch: 8, queue: 64, cacheBytes: 1e9 };
const text = (n: number): string =>
  `<|im_start|>user\nRewrite for PubMed.\nP: ${"adults with asthma ".repeat(1 + (n % 3))}\nI: aspirin ${n}` +
  "<|im_end|>\n<|im_start|>assistant\n<think>";
const prompt = (n: number): number[] => policy.tokenizer.encode(text(n));
const options = (n: number): RequestOptions => ({ rng: random(n), maxTokens: 20 + 5 * (n % 4), temperature: 1 });
const finished = async ({ request, news }: Ticket) => {
  while (await news());
  return request.completion();
};

/** Runs `work` on a generation, and asserts that it leaves no tensor behind. */
async function withGeneration(
  own: Partial<ContinuousLimits>,
  work: (generation: ContinuousGeneration) => Promise<void>,
): Promise<void> {
  const before = tf.memory().numTensors;
  const generation = continuousGeneration(policy, { ...limits, ...own });
  try {
    await work(generation);
  } finally {
    await generation.close();
  }
  assert.is(tf.memory().numTensors, before);
}

test("what a row writes does not depend on who else is in the batch, or when it joined", async () => {
  const rows = Array.from({ length: 12 }, (_, n) => n);
  const alone: string[] = [];
  for (const n of rows) {
    const { maxTokens } = options(n) as { maxTokens: number };
    const [own] = await policy.generate([text(n)], { maxTokens, temperature: 1, rng: random(n) });
    alone.push(own!.text);
  }
  for (const batch of [1, 3, 8])
    await withGeneration({ batch }, async (generation) => {
      const texts = await Promise.all(
        rows.map(async (n) => {
          for (let wait = 0; wait < n % 5; wait++) await new Promise((resolve) => setTimeout(resolve, 7));
          return (await finished(generation.submit(prompt(n), options(n)))).text;
        }),
      );
      assert.equal(texts, alone, `batch ${batch}`);
      assert.is(generation.load.running + generation.load.waiting, 0);
    });
});

test("a request joins while others run, and those of other settings do not change its text", async () => {
  const [own] = await policy.generate([text(1)], { maxTokens: 30, temperature: 0 });
  await withGeneration({}, async (generation) => {
    const long = generation.submit(prompt(2), {
      ...{ ...options(2), maxTokens: 60, topK: 5, repetitionPenalty: 1.2, streamed: true },
    });
    await long.news();
    assert.is(generation.load.running, 1);
    const [greedy] = await Promise.all([
      finished(generation.submit(prompt(1), { maxTokens: 30, temperature: 0 })),
      finished(generation.submit(prompt(3), { ...options(3), minP: 0.1, frequencyPenalty: 1, topLogps: 4 })),
      finished(long),
    ]);
    assert.is(greedy.text, own!.text);
  });
});

test("a place that a client gave up goes to the next one; what it had is thrown away", async () => {
  await withGeneration({ batch: 1 }, async (generation) => {
    const gone = new AbortController();
    const first = generation.submit(prompt(1), { ...options(1), maxTokens: 400, signal: gone.signal, streamed: true });
    const second = generation.submit(prompt(2), options(2));
    await first.news();
    assert.equal([generation.load.running, generation.load.waiting], [1, 1]);
    gone.abort();
    assert.is((await finished(second)).text.length > 0, true);
    assert.is(await first.news().catch(({ name }: Error) => name), "Interrupted");
    const waiting = new AbortController();
    const third = generation.submit(prompt(3), { ...options(3), maxTokens: 100 });
    const fourth = generation.submit(prompt(4), { ...options(4), signal: waiting.signal });
    waiting.abort();
    assert.is(await fourth.news().catch(({ name }: Error) => name), "Interrupted");
    await finished(third);
  });
});

test("more than the queue holds is refused; the memory of keys and values stays within its limit", async () => {
  const column = 4 * 2 * 4 * 2 * 64; // bytes: float32, keys and values, 4 layers, 2 heads of 64
  const cacheBytes = column * 3 * (2 * 200);
  await withGeneration({ batch: 8, queue: 4, cacheBytes }, async (generation) => {
    const tickets = Array.from({ length: 12 }, (_, n) => generation.submit(prompt(n), options(n)));
    const refused = () => generation.submit(prompt(0), options(0));
    assert.throws(refused, ({ name, message }: Error) => name === "QueueFull" && /4 may/.test(message));
    let most = 0;
    for (const ticket of tickets) {
      await finished(ticket);
      most = Math.max(most, generation.load.cacheBytes);
    }
    assert.ok(most > 0 && most <= cacheBytes, `${most}`);
  });
});

test("prompts and options that are not allowed are refused before they wait", async () => {
  await withGeneration({}, async (generation) => {
    for (const [ids, own, said] of [
      [[], {}, /0 tokens/],
      [tokensIn(512), {}, /512 tokens; the model reads 1 to 511/],
      [tokensIn(5), { temperature: -1 }, /temperature is -1/],
      [tokensIn(5), { presencePenalty: 3 }, /presencePenalty is 3/],
      [tokensIn(5), { logitBias: { 1: 200 } }, /logitBias/],
      [tokensIn(5), { tempature: 1 } as object, /unknown setting "tempature"/],
    ] as const)
      assert.throws(
        () => generation.submit(ids, own),
        ({ message }: Error) => said.test(message),
      );
    assert.equal([generation.load.running, generation.load.waiting], [0, 0]);
  });
});

test("a response that reaches the end of the context is cut there", async () => {
  await withGeneration({}, async (generation) => {
    const { tokens, finished: whole } = await finished(
      generation.submit(tokensIn(505), { maxTokens: 100, temperature: 0, logitBias: { [policy.tokenizer.eos]: -100 } }),
    );
    assert.equal([tokens.length, whole], [7, false]);
  });
});

test("closing ends what runs and what waits, and a later request is refused", async () => {
  await withGeneration({ batch: 1 }, async (generation) => {
    const tickets = [1, 2].map((n) => generation.submit(prompt(n), { ...options(n), maxTokens: 400, streamed: true }));
    await tickets[0]!.news();
    const names = tickets.map((ticket) => finished(ticket).catch(({ name }: Error) => name));
    await generation.close();
    assert.equal(await Promise.all(names), ["Interrupted", "Interrupted"]);
    assert.throws(
      () => generation.submit(prompt(1)),
      ({ name }: Error) => name === "Interrupted",
    );
  });
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { generateBatch } from "../../../lib/models/generation/generate";
import type { Policy } from "../../../lib/models/policy";
import { close, numbers, tensorsLeftBy, tinyPolicy } from "../../fixtures";

let policy: Policy;
let eager: Policy; // ends a response soon: its output leans towards the end-of-text token
test.before(async () => {
  await useBackend("cpu");
  policy = tinyPolicy();
  eager = tinyPolicy(2);
  const embed = eager.weights.embed as tf.Variable<tf.Rank.R2>;
  const { eos } = eager.tokenizer;
  // every token carries a large last dimension, which the end-of-text token reads off more strongly
  const rows = embed
    .arraySync()
    .map((row, id) => (id === eos ? row.map((_, j) => (j < 15 ? 0 : 4)) : [...row.slice(0, 15), 3]));
  tf.tidy(() => embed.assign(tf.tensor2d(rows)));
});

const prompts = ["the cat", "aspirin for stroke", "a"];
const rng = () => random(7).fork("test");

test("the same seed writes the same text, another seed another", async () => {
  const one = await policy.generate(prompts, { maxTokens: 8, rng: rng() });
  assert.equal(await policy.generate(prompts, { maxTokens: 8, rng: rng() }), one);
  assert.not.equal(await policy.generate(prompts, { maxTokens: 8, rng: random(8) }), one);
});

test("a row's text is the same alone, in a batch, and beside other rows", async () => {
  const batch = await policy.generate(prompts, { maxTokens: 8, rng: rng() });
  const [alone] = await policy.generate(prompts.slice(0, 1), { maxTokens: 8, rng: rng() });
  assert.equal(batch[0]!.tokens, alone!.tokens);
  const other = await policy.generate(["the cat", "for", "something much longer than before"], {
    maxTokens: 8,
    rng: rng(),
  });
  assert.equal(other[0]!.tokens, batch[0]!.tokens);
  close(other[0]!.logps, batch[0]!.logps, { rtol: 0, atol: 1e-4 });
});

test("rows with the same prompt are sampled apart", async () => {
  const [a, b] = await policy.generate(["the cat", "the cat"], { maxTokens: 8, rng: rng() });
  assert.not.equal(a!.tokens, b!.tokens);
});

test("log-probabilities are those that training computes, at any temperature and nucleus of sampling", async () => {
  for (const options of [
    {},
    { temperature: 0.5 },
    { temperature: 0 },
    { topP: 0.5 },
    { topK: 3, temperature: 2 },
    { repetitionPenalty: 1.5 },
  ]) {
    const completions = await policy.generate(prompts, { maxTokens: 6, rng: rng(), ...options });
    const batch = policy.batch(
      completions.map(({ tokens }, i) => ({ prompt: policy.tokenizer.encode(prompts[i]!), response: tokens })),
    );
    const { logps, entropy } = policy.tokenLogps(batch);
    const rows = logps.arraySync();
    for (const [i, completion] of completions.entries())
      close(completion.logps, rows[i]!.slice(0, completion.tokens.length), {
        rtol: 0,
        atol: 1e-4,
        what: JSON.stringify(options),
      });
    tf.dispose([logps, entropy]);
    batch.dispose();
  }
});

test("greedy takes the likeliest token at each step, whatever the seed", async () => {
  const [one] = await policy.generate(["the cat"], { maxTokens: 5, temperature: 0, rng: random(1) });
  const [two] = await policy.generate(["the cat"], { maxTokens: 5, temperature: 0, rng: random(2) });
  assert.equal(one, two);
  // from scratch, without a cache: the first token has the largest log-probability of all 300
  const first = one!.tokens[0]!;
  const batch = policy.batch(
    Array.from({ length: 300 }, (_, id) => ({ prompt: policy.tokenizer.encode("the cat"), response: [id] })),
  );
  const logps = numbers(tf.tidy(() => policy.tokenLogps(batch).logps));
  assert.is(logps.indexOf(Math.max(...logps)), first);
  close([one!.logps[0]!], [logps[first]!], { rtol: 0, atol: 1e-4 });
  batch.dispose();
});

test("a low temperature writes likelier text", async () => {
  const mean = async (temperature: number) => {
    const completions = await policy.generate(Array<string>(16).fill("the cat"), {
      maxTokens: 6,
      temperature,
      rng: rng(),
    });
    const logps = completions.flatMap(({ logps }) => logps);
    return logps.reduce((a, b) => a + b) / logps.length;
  };
  assert.ok((await mean(0.3)) > (await mean(1)) + 0.5);
});

test("rows end at their own end-of-text token, which is kept as a token and left out of the text", async () => {
  const { eos } = eager.tokenizer;
  const completions = await eager.generate(
    Array.from({ length: 12 }, (_, i) => `the cat ${i}`),
    { maxTokens: 12, rng: rng() },
  );
  const lengths = new Set(completions.map(({ tokens }) => tokens.length));
  assert.ok(lengths.size > 3, `rows leave the batch at different times: ${[...lengths]}`);
  for (const { text, tokens, logps, finished } of completions) {
    assert.is(logps.length, tokens.length);
    assert.is(finished, tokens.at(-1) === eos);
    assert.not.ok(tokens.slice(0, -1).includes(eos), "nothing follows the end");
    if (tokens.length > 1) assert.is(text, eager.tokenizer.decode(tokens.filter((token) => token !== eos)));
    if (!finished) assert.is(tokens.length, 12);
  }
});

test("rows that leave the batch early change nothing for those that stay", async () => {
  const prompts = Array.from({ length: 12 }, (_, i) => `the cat ${i}`);
  const completions = await eager.generate(prompts, { maxTokens: 12, rng: rng() });
  const batch = eager.batch(
    completions.map(({ tokens }, i) => ({ prompt: eager.tokenizer.encode(prompts[i]!), response: tokens })),
  );
  const rows = tf.tidy(() => eager.tokenLogps(batch).logps.arraySync());
  for (const [i, { logps }] of completions.entries())
    close(logps, rows[i]!.slice(0, logps.length), { rtol: 0, atol: 1e-4, what: `row ${i}` });
  batch.dispose();
});

test("more prompts than the batch holds are written as in one batch, in any size of batch", async () => {
  const prompts = Array.from({ length: 13 }, (_, i) => "the cat sat on the mat".slice(0, 3 + i));
  const whole = await eager.generate(prompts, { maxTokens: 12, rng: rng() });
  assert.ok(new Set(whole.map(({ tokens }) => tokens.length)).size > 3, "rows end at different times");
  for (const batch of [1, 3, 4, 12]) {
    const parts = await eager.generate(prompts, { maxTokens: 12, rng: rng(), batch });
    assert.equal(
      parts.map(({ text, tokens, finished }) => ({ text, tokens, finished })),
      whole.map(({ text, tokens, finished }) => ({ text, tokens, finished })),
      `batches of ${batch}`,
    );
    for (const [i, { logps }] of parts.entries()) close(logps, whole[i]!.logps, { rtol: 0, atol: 1e-4 });
  }
});

test("a stop string ends a row: the text ends before it, the tokens after it, and the row is finished", async () => {
  const [whole] = await policy.generate(["the cat"], { maxTokens: 12, rng: rng() });
  const [stop] = /[\x20-\x7e]{2}$/.exec(whole!.text.slice(0, 8))!; // two characters in the middle, of a token each
  const [row] = await policy.generate(["the cat"], { maxTokens: 12, rng: rng(), stop: ["nowhere to be seen", stop] });
  assert.is(row!.text, whole!.text.slice(0, whole!.text.indexOf(stop)));
  const { length } = row!.tokens;
  assert.equal([row!.tokens, row!.logps.length, row!.finished], [whole!.tokens.slice(0, length), length, true]);
  assert.ok(
    policy.tokenizer.decode(row!.tokens).includes(stop) &&
      !policy.tokenizer.decode(row!.tokens.slice(0, -1)).includes(stop),
    "it ends with the token that completes the string",
  );
});

test("a stream is the text in whole characters, then the completion", async () => {
  for (const [p, prompt] of [...prompts, "é€"].entries()) {
    const options = { maxTokens: 30, rng: rng(), temperature: 2, ...(p === 1 && { stop: ["a", "the "] }) };
    const pieces: string[] = [];
    const stream = policy.stream(prompt, options);
    let next = await stream.next();
    for (; !next.done; next = await stream.next()) pieces.push(next.value);
    const [whole] = await policy.generate([prompt], options);
    assert.equal(next.value, whole);
    assert.is(pieces.join(""), whole!.text);
    assert.ok(pieces.length > 1 && pieces.every((piece) => piece !== ""));
  }
});

test("a stream that nobody reads on stops, and leaves nothing", async () => {
  const left = await tensorsLeftBy(async () => {
    for await (const _ of policy.stream("the cat", { maxTokens: 30 })) break;
  });
  assert.is(left, 0);
});

test("top-k, min-p and the nucleus keep to the likeliest; top-k 1 is greedy", async () => {
  const greedy = await policy.generate(prompts, { maxTokens: 6, temperature: 0 });
  for (const options of [{ topK: 1 }, { minP: 1 }, { topP: 1e-6 }])
    assert.equal(
      await policy.generate(prompts, { maxTokens: 6, rng: rng(), ...options }),
      greedy,
      JSON.stringify(options),
    );
});

test("a repetition penalty keeps a greedy policy from repeating itself", async () => {
  const distinct = async (repetitionPenalty: number) => {
    const [completion] = await policy.generate(["the cat"], { maxTokens: 40, temperature: 0, repetitionPenalty });
    const { tokens } = completion!;
    return new Set(tokens).size / tokens.length;
  };
  const [without, with2] = [await distinct(1), await distinct(2)];
  assert.ok(with2 > without, `${without}, ${with2}`);
});

test("cut at the limit, a completion is not finished and all its tokens are in the text", async () => {
  for (const { text, tokens, finished } of await policy.generate(prompts, { maxTokens: 3, rng: rng() })) {
    if (finished) continue;
    assert.is(tokens.length, 3);
    assert.is(text, policy.tokenizer.decode(tokens));
  }
});

test("a response that ends at once is empty and finished", async () => {
  const sure = tinyPolicy(3);
  const eos = sure.tokenizer.eos;
  const weights = { ...sure.weights, layers: [], norm: tf.ones([16]) as tf.Tensor1D };
  const embed = tf.tensor2d(
    sure.weights.embed.arraySync().map((row, id) => row.map((x) => (id === eos ? 50 : Math.abs(x)))),
  );
  const [completion] = await generateBatch(
    { ...sure, weights: { ...weights, embed }, config: { ...sure.config, num_hidden_layers: 0 } },
    [[5, 6]],
  );
  assert.equal([completion!.text, completion!.tokens, completion!.finished], ["", [eos], true]);
});

test("weights that are no numbers are an error, not a text", async () => {
  const broken = tinyPolicy(4);
  tf.tidy(() => (broken.weights.norm as tf.Variable<tf.Rank.R1>).assign(tf.fill([16], NaN)));
  const left = await tensorsLeftBy(async () => {
    try {
      await broken.generate(["the cat"]);
      assert.unreachable("wrote something");
    } catch (error) {
      assert.match((error as Error).message, /the model's logits are no numbers\. Its weights hold NaN/);
    }
  });
  assert.is(left, 0);
});

test("no prompts, no completions", async () => assert.equal(await policy.generate([]), []));

test("an aborted signal interrupts, before the first token and between two", async () => {
  for (const after of [0, 2]) {
    const controller = new AbortController();
    let tokens = 0;
    const stream = random(1);
    const counting = {
      ...stream,
      fork: () => ({ ...stream, next: () => (++tokens === after && controller.abort(), stream.next()) }),
    };
    if (after === 0) controller.abort();
    const left = await tensorsLeftBy(async () => {
      try {
        await policy.generate(["the cat"], { maxTokens: 20, rng: counting, signal: controller.signal });
        assert.unreachable("went on");
      } catch (error) {
        assert.is((error as Error).name, "Interrupted");
      }
    });
    assert.equal([tokens, left], [after, 0]);
  }
});

test("a prompt that fills the model's positions is refused with what to do, and leaves nothing behind", async () => {
  for (const length of [64, 65]) {
    const left = await tensorsLeftBy(async () => {
      try {
        await policy.generate(["a", "x".repeat(length)], { maxTokens: 1, rng: rng() });
        assert.unreachable("went past the end");
      } catch (error) {
        assert.match(
          (error as Error).message,
          /prompt 1 has 6\d tokens, .* the model's 64, which leave no room for a response\. Shorten the prompt/,
        );
      }
    });
    assert.is(left, 0);
  }
});

test("generations leave no tensor behind", async () => {
  const left = await tensorsLeftBy(async () => {
    for (const temperature of [0, 0.7, 1])
      await policy.generate(prompts, { maxTokens: 6, temperature, topP: 0.9, rng: rng() });
    for (let i = 0; i < 3; i++)
      await eager.generate(
        Array.from({ length: 12 }, (_, i) => `the cat ${i}`),
        { maxTokens: 12, rng: rng() },
      );
  });
  assert.is(left, 0);
});

test.run();

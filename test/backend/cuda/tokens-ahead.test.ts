import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import type { Completion } from "../../../lib/core/records";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { Decoder } from "../../../lib/models/decoder/decoder-record";
import { generateBatch, generateStream } from "../../../lib/models/generation/generate";
import { generateTokens } from "../../../lib/models/generation/batch-loop";
import { ongoingCompletion } from "../../../lib/models/generation/ongoing-completion";
import { decodingOf } from "../../../lib/models/generation/decoding/program-decoding";
import { type GenerationOptions, samplingSettings } from "../../../lib/models/generation/sampling-options";
import { model } from "../../../lib/models/model";
import { answerGrammar } from "../../../lib/prompts/answer-grammar";
import { ending } from "./ending";
import { onCuda } from "./with-cuda";
import { close, taught, temporaryFolder, tensorsLeftBy, tinyPolicy, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("auto")));

const plain = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const prompts = [
  [5, 120, 250, 33, 5, 299, 71],
  [5, 120, 250],
  [7, 120, 250, 33, 9, 10, 11, 12, 13],
];
const one = prompts.slice(1, 2);
const rng = () => random("ahead");

/**
 * Writes the same completions with tokens drawn ahead and apart. They are equal to the last bit, unless rows are read
 * beside others, which changes their logits by rounding: an ended row leaves after the tokens that are drawn at a time.
 */
const compare = (
  decoder: Decoder,
  options: GenerationOptions,
  given = prompts,
  check: (completions: readonly Completion[], steps: readonly number[]) => void = () => {},
) =>
  onCuda(async ({ ahead, apart, isExact }) => {
    const told: number[][] = [[], []]; // places, in the order in which their ends were told
    const write = (order: number[]) =>
      generateBatch(decoder, given, { ...options, rng: rng(), onCompletion: (place) => void order.push(place) });
    const left = await tensorsLeftBy(async () => {
      const expected = await apart(() => write(told[0]!));
      const { value, steps } = await ahead(() => write(told[1]!));
      const isRefilled = given.length > (options.batch ?? Infinity);
      if (!isRefilled) assert.equal(told[1], told[0]);
      if (!isRefilled && isExact) assert.equal(value, expected);
      else
        for (const [i, { logps, ...rest }] of value.entries()) {
          const { logps: wanted, ...others } = expected[i]!;
          assert.equal(rest, others);
          close(logps, wanted, { rtol: 1e-5, atol: 1e-5, what: `row ${i}` });
        }
      check(value, steps);
    });
    assert.is(left, 0);
  });

for (const [how, options] of [
  ["greedy", { temperature: 0 }],
  ["sampled", { temperature: 1 }],
  ["sampled with every cut", { temperature: 0.8, topK: 40, topP: 0.9, minP: 0.02 }],
] as const) {
  test(`${how}: drawn ahead, rows that end at different tokens get what they get one by one`, async () => {
    const policy = tinyPolicy();
    await compare(ending(policy, 7), { ...options, maxTokens: 13 }, prompts, (completions, steps) => {
      assert.is(steps[0], 8);
      const ends = completions.map(({ tokens }) => tokens.length);
      assert.ok(new Set(ends).size > 1, `they end after ${ends} tokens`);
    });
    policy.dispose();
  });
}

for (const temperature of [0, 1])
  test(`refilled batches at temperature ${temperature}`, async () => {
    const policy = tinyPolicy(2);
    await compare(ending(policy, 13), { temperature, maxTokens: 7, batch: 2 }, [...prompts, [8, 44]]);
    policy.dispose();
  });

test("each limit on the tokens, those about a whole number of draws too", async () => {
  const policy = tinyPolicy();
  for (const [maxTokens, expected] of [
    [1, []],
    [2, [1]],
    [9, [8]],
    [10, [8, 1]],
    [17, [8, 8]],
  ] as const)
    await compare({ ...policy, tokenizer: { ...policy.tokenizer, stops: [] } }, { maxTokens }, one, (_, steps) =>
      assert.equal(steps, expected),
    );
  policy.dispose();
});

test("a text that ends with the last or the first of the tokens that are drawn at a time", async () => {
  const policy = tinyPolicy(3);
  const stopping = (stops: number[]): Decoder => ({ ...policy, tokenizer: { ...policy.tokenizer, stops } });
  let whole: readonly number[] = [];
  await compare(stopping([]), { maxTokens: 12 }, one, ([completion]) => void (whole = completion!.tokens));
  // reading the prompt gives token 0, the first draw tokens 1 … 8
  for (const at of whole.length > 0 ? [8, 9] : [])
    await compare(stopping([whole[at]!]), { maxTokens: 12 }, one, ([completion]) =>
      assert.equal(completion!.tokens, whole.slice(0, whole.indexOf(whole[at]!) + 1)),
    );
  policy.dispose();
});

test("stop strings end a text within the tokens that were drawn", async () => {
  const policy = tinyPolicy();
  await compare(policy, { temperature: 1, maxTokens: 11, stop: ["e", "t", "a", "5", "1", "O"] });
  policy.dispose();
});

test("rows that come to the end of the context, beside shorter ones", async () => {
  const policy = tinyPolicy();
  const long = [60, 3, 63].map((length) => Array.from({ length }, (_, i) => (i * 7) % 290));
  for (const [temperature, batch] of [
    [0, 3],
    [1, 2],
  ] as const)
    await compare(policy, { temperature, maxTokens: 12, batch }, long, ([first, , third]) => {
      if (!first!.finished) assert.is(first!.tokens.length, 4);
      assert.is(third!.tokens.length, 1);
    });
  policy.dispose();
});

test("adapters, and matrices of bfloat16", async () => {
  const whole = tinyPolicy();
  const folder = temporaryFolder();
  whole.save(folder);
  whole.dispose();
  for (const loading of [{}, { frozen: "bf16" }] as const) {
    const base = await model(folder, loading);
    for (const policy of [base, taught(base.adapt({ rank: 2 }))]) {
      await compare(policy, { temperature: 1, maxTokens: 6 }, prompts.slice(0, 2));
      policy.dispose();
    }
  }
});

test("caches that were made too small grow before the draw", () =>
  onCuda(async ({ ahead, apart }) => {
    const policy = tinyPolicy();
    const settings = { ...samplingSettings({ temperature: 0, maxTokens: 37 }), batch: 1, context: 64 };
    const write = async () => {
      const rows = one.map((prompt, i) => ongoingCompletion(prompt, i, tinyTokenizer, settings, 64));
      for await (const _ of generateTokens(decodingOf(policy), rows, tinyTokenizer.pad, settings));
      return rows.map((each) => each.completion());
    };
    const left = await tensorsLeftBy(async () => {
      assert.equal((await ahead(write)).value, await apart(write));
    });
    assert.is(left, 0);
    policy.dispose();
  }));

test("nothing is drawn ahead where a token changes how the next is chosen", async () => {
  const policy = tinyPolicy();
  for (const options of [
    { repetitionPenalty: 1.3, maxTokens: 6 },
    { grammar: answerGrammar({ opened: "<answer>", reasoning: false, key: "query" }), maxTokens: 40 },
  ])
    await compare(policy, { temperature: 0, ...options }, one, (_, steps) => assert.equal(steps, []));
  policy.dispose();
});

test("a stream gives the same pieces, and may be left between two of them", () =>
  onCuda(async ({ ahead, apart }) => {
    const policy = tinyPolicy();
    const pieces = async (most = Infinity) => {
      const found: string[] = [];
      for await (const piece of generateStream(policy, prompts[1]!, { maxTokens: 10, rng: rng() })) {
        found.push(piece);
        if (found.length === most) break;
      }
      return found;
    };
    const left = await tensorsLeftBy(async () => {
      const expected = await apart(() => pieces());
      assert.equal((await ahead(() => pieces())).value, expected);
      assert.equal((await ahead(() => pieces(3))).value, expected.slice(0, 3));
    });
    assert.is(left, 0);
    policy.dispose();
  }));

test("a caller that aborts gets no further token; logits that are no numbers are refused", () =>
  onCuda(async ({ ahead }) => {
    const policy = tinyPolicy();
    const stop = new AbortController();
    const left = await tensorsLeftBy(async () => {
      const found: string[] = [];
      const read = async () => {
        for await (const piece of generateStream(policy, prompts[1]!, { maxTokens: 40, signal: stop.signal }))
          if (found.push(piece) === 2) stop.abort();
      };
      const failure = await ahead(read).catch((error: Error) => error);
      assert.is((failure as Error).name, "Interrupted");
      assert.is(found.length, 2);
    });
    assert.is(left, 0);
    // the first token's logits come of the prompt: NaN stands in a row of the embedding that only a later token reads
    const [first] = (await ahead(() => generateBatch(policy, [prompts[1]!], { temperature: 0, maxTokens: 1 }))).value;
    tf.tidy(() => {
      const embed = policy.weights.embed as tf.Variable<tf.Rank.R2>;
      const bad = tf
        .oneHot(tf.tensor1d([first!.tokens[0]!], "int32"), 300)
        .toFloat()
        .reshape([300, 1]);
      embed.assign(tf.where(bad.greater(0).tile([1, 16]), tf.fill([300, 16], NaN), embed) as tf.Tensor2D);
    });
    const left2 = await tensorsLeftBy(async () => {
      const failure = await ahead(() => generateBatch(policy, [prompts[1]!], { temperature: 0, maxTokens: 5 })).catch(
        (error: Error) => error,
      );
      assert.match(String(failure), /RangeError: generate: the model's logits are no numbers/);
    });
    assert.is(left2, 0);
    policy.dispose();
  }));

test("caches without room, and lists that do not fit, are refused, with no result", () =>
  onCuda(async ({ ahead }) => {
    const policy = tinyPolicy();
    const left = await tensorsLeftBy(() =>
      ahead(async () => {
        const decoding = decodingOf(policy);
        const { logits, caches } = decoding.prefill([[5, 6, 7]], [0]);
        const draws = { ...plain, temperature: 0, steps: 3, uniforms: new Float64Array(2) };
        assert.throws(() => decoding.ahead!.draw([8], 3, [4], caches, { ...draws, steps: 2 }), /leaves it no position/);
        assert.throws(() => decoding.ahead!.draw([8, 9], 3, [0], caches, draws), /shapes do not fit together/);
        assert.throws(() => decoding.ahead!.draw([300], 3, [0], caches, draws), /past the table's end/);
        tf.dispose([logits, ...caches]);
      }).then(() => undefined),
    );
    assert.is(left, 0);
    policy.dispose();
  }));

test.run();

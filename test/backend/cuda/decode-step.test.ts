import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { drawingStep } from "../../../lib/backend/cuda/decoding/decode-step";
import type { DrawnTokens } from "../../../lib/backend/choose-tokens";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import type { KVCache } from "../../../lib/models/decoder/kv-cache";
import { leftPad } from "../../../lib/models/decoder/padding";
import { eagerDecoding, type Decoding } from "../../../lib/models/generation/decoding/decoding";
import { programDecoding } from "../../../lib/models/generation/decoding/program-decoding";
import { untrained } from "../../../lib/models/policy";
import { close, numbers, tensorsLeftBy, tinyConfig, tinyTokenizer } from "../../fixtures";
import { skip } from "../../skip";

/** The decode step on a card if there is one, else in the emulation; undefined where the addon has neither. */
const stepHere = async () => {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  if (native?.isUsingGpuDevice) return kernels().decodeStep;
  const operations = native && emulatedOperations();
  return operations && drawingStep(operations);
};

const greedy = { steps: 4, temperature: 0, topK: 0, topP: 1, minP: 0 };

/** Logits after prompts of different lengths, and after each of two tokens more. */
function logitsOf(decoding: Decoding, prompts: readonly (readonly number[])[]): number[][] {
  const { ids, padding, length } = leftPad(prompts, 0);
  const read = decoding.prefill(ids, padding);
  const seen = [read.logits];
  for (const [t, tokens] of [
    [0, [9, 8, 7]],
    [1, [44, 45, 46]],
  ] as const)
    seen.push(
      decoding.next(
        prompts.map((_, row) => tokens[row % 3]! + Math.floor(row / 3)),
        length + t,
        padding,
        read.caches,
      ),
    );
  const numbers = seen.map((tensor) => [...tensor.dataSync()]);
  tf.dispose([...seen, ...read.caches.flatMap(({ keys, values }) => [keys, values])]);
  decoding.dispose?.();
  return numbers;
}

/**
 * Reads prompts, and gives each row four tokens by `draw`. Returns tokens and logps, [4·B], and all columns of the
 * caches.
 */
function drawn(
  decoding: Decoding,
  prompts: readonly (readonly number[])[],
  draw: (tokens: readonly number[], column: number, padding: readonly number[], caches: KVCache[]) => DrawnTokens,
): number[][] {
  const { ids, padding, length } = leftPad(prompts, 0);
  const { logits, caches } = decoding.prefill(ids, padding);
  const first = tf.tidy(() => [...tf.argMax(logits, -1).dataSync()]);
  const { tokens, logps } = draw(first, length, padding, caches);
  const read = caches.flatMap(({ keys, values }) =>
    [keys, values].map((cache) => numbers(tf.slice(cache, [0, 0, 0, 0], [-1, -1, length + 4, -1]))),
  );
  tf.dispose([logits, ...caches.flatMap(({ keys, values }) => [keys, values])]);
  return [[...tokens], Array.from(logps), ...read];
}

/** Rows of one launch are 1, up to 4, up to 8, and up to 16 where the head's matrix is read. */
for (const [what, changes, rows] of [
  ["plain", {}, 3],
  ["a single row", {}, 1],
  ["with norms of heads", { model_type: "qwen3", head_dim: 16 }, 3],
  ["with a head of its own", { tie_word_embeddings: false }, 11],
  ["so wide that blocks share the columns of qkv", { hidden_size: 1040, num_hidden_layers: 1 }, 3],
  ["with so many gates that blocks share columns", { intermediate_size: 1100 }, 3],
  ["of widths that are no whole 16 bytes", { hidden_size: 14, intermediate_size: 26 }, 5],
] as const)
  test(`the CUDA program computes what the layers do one by one, and draws tokens of it: ${what}`, async () => {
    const step = await stepHere();
    if (!step) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
    const policy = untrained({ ...tinyConfig, ...changes }, tinyTokenizer, 3);
    const prompts = [
      [5, 120, 250, 33, 5, 299, 71],
      [5, 120, 250],
      [7, 120, 250, 33, 9, 10, 11, 12, 13],
      ...Array.from({ length: 8 }, (_, row) => [row + 1, 17, 4 * row]),
    ].slice(0, rows);
    const expected = logitsOf(eagerDecoding(policy), prompts);
    const actual = logitsOf(programDecoding(step, policy), prompts);
    actual.forEach((row, i) => close(row, expected[i]!, { rtol: 1e-4, atol: 1e-4, what: `read ${i}` }));
    assert.is(actual.length, 3);
    const left = await tensorsLeftBy(() => {
      const decoding = programDecoding(step, policy);
      const ahead = drawn(decoding, prompts, (...reading) =>
        decoding.ahead!.draw(...reading, { ...greedy, uniforms: new Float64Array(4 * rows) }),
      );
      const apart = drawn(decoding, prompts, (tokens, column, padding, caches) => {
        const steps = Array.from({ length: greedy.steps }, (_, t) => {
          const logits = decoding.next(tokens, column + t, padding, caches);
          const logps = tf.tidy(() => tf.max(tf.logSoftmax(logits), -1).dataSync());
          tokens = tf.tidy(() => [...tf.argMax(logits, -1).dataSync()]);
          logits.dispose();
          return { tokens, logps };
        });
        return {
          tokens: Int32Array.from(steps.flatMap((each) => each.tokens)),
          logps: steps.flatMap(({ logps }) => [...logps]),
        };
      });
      assert.equal(ahead[0], apart[0], "tokens");
      close(ahead[1]!, apart[1]!, { rtol: 1e-5, atol: 1e-5, what: "logps" });
      assert.equal(ahead.slice(2), apart.slice(2), "keys and values, to the last bit");
      decoding.dispose?.();
    });
    assert.is(left, 0);
    policy.dispose();
  });

test.run();

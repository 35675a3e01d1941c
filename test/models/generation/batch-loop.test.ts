import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { Decoding } from "../../../lib/models/generation/decoding/decoding";
import { append, type KVCache } from "../../../lib/models/decoder/kv-cache";
import { ongoingCompletion } from "../../../lib/models/generation/ongoing-completion";
import { samplingSettings, type GenerationOptions } from "../../../lib/models/generation/sampling-options";
import { generateTokens } from "../../../lib/models/generation/batch-loop";
import { tensorsLeftBy, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const { eos, pad } = tinyTokenizer;

/** A cache of tokens instead of keys. */
const cacheOf = (ids: readonly (readonly number[])[]): KVCache => {
  const keys = tf.tensor4d(ids.flat(), [ids.length, 1, ids[0]!.length, 1]);
  return { keys, values: tf.clone(keys) };
};

/**
 * Next after token n is n − 1, and after 1 or the end the end: a model that counts down. `seen` gets what every row has
 * behind it. So many tokens as `ahead` are drawn at a time; 0 chooses each apart.
 */
function countdown(seen: (rows: readonly (readonly number[])[]) => void, ahead: number): Decoding {
  const after = (token: number): number => (token > 1 && token !== eos ? token - 1 : eos);
  const logits = (tokens: readonly number[]) =>
    tf.tidy(
      () =>
        tf
          .oneHot(
            tf.tensor1d(
              tokens.map((token) => after(token)),
              "int32",
            ),
            300,
          )
          .mul(50)
          .toFloat() as tf.Tensor2D,
    );
  const own: Decoding = {
    prefill: (ids) => ({ logits: logits(ids.map((row) => row.at(-1)!)), caches: [cacheOf(ids)] }),
    next(tokens, position, padding, caches) {
      const read = caches[0]!.keys.reshape([tokens.length, position]);
      seen((read.arraySync() as number[][]).map((row, b) => [...row.slice(padding[b]), tokens[b]!]));
      const newest = cacheOf(tokens.map((token) => [token]));
      caches[0] = append(caches[0]!, newest);
      tf.dispose([read, newest]);
      return logits(tokens);
    },
  };
  return {
    ...own,
    ...(ahead > 0 && {
      ahead: {
        most: () => ahead,
        draw(tokens, position, padding, caches, { steps }) {
          const drawn: number[][] = [];
          for (let t = 0, newest = tokens; t < steps; t++) {
            own.next(newest, position + t, padding, caches).dispose();
            drawn.push((newest = newest.map(after)) as number[]);
          }
          return { tokens: Int32Array.from(drawn.flat()), logps: new Float32Array(drawn.flat().length) };
        },
      },
    }),
  };
}

/** Prompts 90, n: a row writes n − 1 … 1 and the end, n tokens. */
const promptsTo = (...numbers: number[]) =>
  numbers.map((n) => Array.from({ length: (n % 4) + 1 }, (_, i) => (i === n % 4 ? n : 90)));

async function write(
  prompts: readonly (readonly number[])[],
  options: GenerationOptions,
  ahead = 0,
): Promise<{ sizes: number[]; tokens: number[][] }> {
  const sizes: number[] = [];
  const settings = samplingSettings({ maxTokens: 50, temperature: 0, ...options });
  const rows = prompts.map((prompt, i) => ongoingCompletion(prompt, i, tinyTokenizer, settings));
  const decoding = countdown((behind) => {
    sizes.push(behind.length);
    for (const row of behind) {
      const start = row.findIndex((token) => token !== 90);
      const length = row[start]! - 1;
      const expected = [...Array.from({ length }, (_, i) => row[start]! - i), 1, ...Array<number>(99).fill(eos)].slice(
        0,
        row.length - start,
      );
      assert.equal(row.slice(start), expected, "nothing but the row's own tokens is behind it, in order");
      assert.is(start, row[start]! % 4, "and its whole prompt");
    }
  }, ahead);
  for await (const _ of generateTokens(decoding, rows, pad, { ...settings, batch: options.batch! }));
  return { sizes, tokens: rows.map(({ tokens }) => [...tokens]) };
}

const lengths = [3, 17, 5, 9, 2, 20, 7, 12, 1, 4];
const down = (n: number) => [...Array.from({ length: n - 1 }, (_, i) => n - 1 - i), eos];

for (const batch of [1, 2, 3, 7, 99]) {
  test(`rows come and go in batches of ${batch}, and each reads its own tokens only`, async () => {
    const left = await tensorsLeftBy(async () => {
      const { sizes, tokens } = await write(promptsTo(...lengths), { batch });
      assert.equal(tokens, lengths.map(down));
      assert.ok(Math.max(...sizes) <= batch, `${sizes}`);
    });
    assert.is(left, 0);
  });
}

for (const [ahead, batch] of [
  [1, 3],
  [2, 2],
  [3, 99],
  [8, 1],
  [8, 7],
] as const)
  test(`${ahead} tokens drawn at a time in batches of ${batch}: what follows a row's end is thrown away`, async () => {
    const left = await tensorsLeftBy(async () => {
      const { sizes, tokens } = await write(promptsTo(...lengths), { batch }, ahead);
      assert.equal(tokens, lengths.map(down));
      assert.ok(Math.max(...sizes) <= batch, `${sizes}`);
    });
    assert.is(left, 0);
  });

test("waiting prompts take the places of ended rows while others go on", async () => {
  const { sizes } = await write(promptsTo(40, 3, 3, 3, 3, 3, 3), { batch: 3 });
  // one long row and two places that three pairs of short ones share: 40 steps less the first, not 40 + 3·3
  assert.is(sizes.length, 39);
});

test("who stops iterating stops the writing, and nothing stays", async () => {
  const left = await tensorsLeftBy(async () => {
    const settings = samplingSettings({ temperature: 0 });
    const rows = promptsTo(9, 5).map((prompt, i) => ongoingCompletion(prompt, i, tinyTokenizer, settings));
    for await (const fresh of generateTokens(
      countdown(() => {}, 8),
      rows,
      pad,
      { ...settings, batch: 8 },
    ))
      if (fresh[0]!.tokens.length === 3) break;
    assert.equal(
      rows.map(({ tokens }) => tokens),
      [
        [8, 7, 6],
        [4, 3, 2],
      ],
    );
  });
  assert.is(left, 0);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { eagerDecoding, type Decoding } from "../../../lib/models/generation/decoding/decoding";
import type { Policy } from "../../../lib/models/policy";
import { promptReader } from "../../../lib/models/generation/prompt-reader";
import { close, numbers, tensorsLeftBy, tinyPolicy } from "../../fixtures";

let policy: Policy;
test.before(async () => {
  await useBackend("cpu");
  policy = tinyPolicy();
});

/** The eager decoding, and the tokens [rows, columns] of each of its prefills. */
function counted(): { decoding: Decoding; sizes: number[][] } {
  const sizes: number[][] = [];
  const eager = eagerDecoding(policy);
  return {
    sizes,
    decoding: {
      ...eager,
      prefill: (ids, ...rest) => (sizes.push([ids.length, ids[0]!.length]), eager.prefill(ids, ...rest)),
    },
  };
}

/** Logits of each prompt, read together with the others of its part; and what was computed. */
function logits(
  prompts: readonly (readonly number[])[],
  parts: readonly (readonly number[])[],
): { rows: number[][]; sizes: number[][] } {
  const { decoding, sizes } = counted();
  const reader = promptReader(decoding, prompts, 0);
  const rows: number[][] = [];
  for (const part of parts) {
    const { logits, caches, padding, columns } = reader.read(part.map((p) => prompts[p]!));
    assert.equal([caches[0]!.keys.shape[0], caches[0]!.keys.shape[2]], [part.length, columns]);
    assert.equal(
      padding,
      part.map((p) => columns - prompts[p]!.length),
    );
    const flat = numbers(logits);
    part.forEach((p, i) => (rows[p] = flat.slice(i * 300, (i + 1) * 300)));
    tf.dispose(caches);
  }
  reader.dispose();
  return { rows, sizes };
}

const alone = (prompts: readonly (readonly number[])[]) => prompts.map((prompt) => logits([prompt], [[0]]).rows[0]!);
const beginning = Array.from({ length: 40 }, (_, i) => (i * 37) % 290);

test("equal prompts are read once", async () => {
  const left = await tensorsLeftBy(() => {
    const prompts = [
      [5, 6, 7],
      [8, 9],
      [5, 6, 7],
      [5, 6, 7],
      [8, 9],
    ];
    const { rows, sizes } = logits(prompts, [[0, 1, 2, 3, 4]]);
    assert.equal(sizes, [[2, 3]]);
    close(rows.flat(), alone(prompts).flat(), { rtol: 1e-4, atol: 1e-4 });
  });
  assert.is(left, 0);
});

test("a long beginning that all prompts share is read once, whatever part of them is read when", async () => {
  const prompts = Array.from({ length: 9 }, (_, i) => [
    ...beginning,
    ...Array.from({ length: (i % 4) + 1 }, (_, j) => 100 + 10 * i + j),
  ]);
  const left = await tensorsLeftBy(() => {
    const { rows, sizes } = logits(prompts, [[0, 1, 2, 3, 4, 5], [6], [7, 8]]);
    assert.equal(sizes, [
      [1, 40],
      [6, 4],
      [1, 3],
      [2, 4],
    ]); // 8 · 40 tokens saved
    close(rows.flat(), alone(prompts).flat(), { rtol: 1e-4, atol: 1e-4 });
  });
  assert.is(left, 0);
});

test("a short beginning, or few prompts, are read as they are", () => {
  assert.equal(
    logits(
      [
        [1, 2, 3],
        [1, 2, 4],
      ],
      [[0, 1]],
    ).sizes,
    [[2, 3]],
  );
  assert.equal(
    logits(
      [
        [...beginning, 1],
        [...beginning, 2],
      ],
      [[0, 1]],
    ).sizes,
    [[2, 41]],
  );
});

test("a prompt that is the beginning of the others keeps its last token to be read", () => {
  const prompts = [beginning, ...Array.from({ length: 8 }, (_, i) => [...beginning, i])];
  const { rows, sizes } = logits(prompts, [[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
  assert.equal(sizes, [
    [1, 39],
    [9, 2],
  ]);
  close(rows.flat(), alone(prompts).flat(), { rtol: 1e-4, atol: 1e-4 });
});

test.run();

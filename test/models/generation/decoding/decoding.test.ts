import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { tf } from "../../../../lib/backend/tf";
import { eagerDecoding } from "../../../../lib/models/generation/decoding/decoding";
import { spreadRows } from "../../../../lib/models/decoder/kv-cache";
import { leftPad } from "../../../../lib/models/decoder/padding";
import type { Policy } from "../../../../lib/models/policy";
import { close, numbers, tensorsLeftBy, tinyPolicy } from "../../../fixtures";

let policy: Policy;
test.before(async () => {
  await useBackend("cpu");
  policy = tinyPolicy();
});
const eager = (scores?: number) => eagerDecoding(policy, scores);
const rows = [
  [5, 120, 250, 33, 5, 299, 71],
  [5, 120, 250, 33, 8],
  [5, 120, 250, 33, 9, 10, 11, 12, 13],
];

/** What prefill gives, as numbers: the logits, and each row's keys and values without its padding. */
function read(
  { logits, caches }: ReturnType<ReturnType<typeof eager>["prefill"]>,
  padding: readonly number[],
): number[] {
  const own = caches
    .flatMap((cache) => [cache.keys, cache.values])
    .flatMap((tensor) => padding.flatMap((pad, b) => numbers(tf.slice(tensor, [b, 0, pad, 0], [1, -1, -1, -1]))));
  tf.dispose(caches);
  return [...numbers(logits), ...own];
}

test("a row's logits and cache are what the row alone has, whatever its neighbours", async () => {
  const left = await tensorsLeftBy(() => {
    const { ids, padding } = leftPad(rows, 0);
    const together = eager().prefill(ids, padding);
    const logits = numbers(together.logits);
    for (const [b, row] of rows.entries()) {
      const alone = eager().prefill([row], [0]);
      close(logits.slice(b * 300, (b + 1) * 300), numbers(alone.logits), { rtol: 1e-4, atol: 1e-4 });
      for (const [l, { keys }] of alone.caches.entries())
        close(
          numbers(tf.slice(together.caches[l]!.keys, [b, 0, padding[b]!, 0], [1, -1, -1, -1])),
          [...keys.dataSync()],
          { rtol: 1e-4, atol: 1e-5 },
        );
      tf.dispose(alone.caches);
    }
    tf.dispose(together.caches);
  });
  assert.is(left, 0);
});

test("a prompt that is read in stretches gives what one that is read whole gives", async () => {
  const { ids, padding } = leftPad(rows, 0);
  const whole = read(eager().prefill(ids, padding), padding);
  const left = await tensorsLeftBy(() => {
    for (const columns of [1, 2, 4])
      close(read(eager(columns * 3 * 4 * 9).prefill(ids, padding), padding), whole, {
        rtol: 1e-4,
        atol: 1e-4,
        what: `${columns} columns at a time`,
      }); // 3 rows, 4 heads, 9 columns
  });
  assert.is(left, 0);
});

test("rows that continue a shared beginning give what rows that were read whole give", async () => {
  const { ids, padding } = leftPad(rows, 0);
  const whole = read(eager().prefill(ids, padding), padding);
  const left = await tensorsLeftBy(() => {
    const prefix = eager().prefill([rows[0]!.slice(0, 4)], [0]);
    prefix.logits.dispose();
    const rest = eager().prefill(
      ids.map((row) => row.slice(4)),
      padding,
      spreadRows(prefix.caches, padding),
    );
    close(read(rest, padding), whole, { rtol: 1e-4, atol: 1e-4 });
    tf.dispose(prefix.caches);
  });
  assert.is(left, 0);
});

test("a row goes past the model's positions by its own length, not by its padding", async () => {
  const row = Array.from({ length: 60 }, (_, i) => i);
  const { ids, padding } = leftPad([row, [1, 2]], 0);
  const { logits, caches } = eager().prefill(ids, padding);
  const steps = (tokens: readonly number[], from: number, padding: readonly number[]) =>
    tokens.forEach((token, i) =>
      eager()
        .next(
          padding.map(() => token),
          from + i,
          padding,
          caches,
        )
        .dispose(),
    );
  steps([1, 2, 3, 4], 60, padding);
  assert.throws(() => steps([5], 64, padding), /position 64 is past the model's 64/);
  logits.dispose();
  tf.dispose(caches);
});

test.run();

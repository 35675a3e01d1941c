import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { append, joinRows, selectRows, spreadRows, type KVCache } from "../../../lib/models/decoder/kv-cache";
import { numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** A cache of B rows, one head, T tokens, one dimension. */
const cacheOf = (rows: number[][]): KVCache => {
  const tensor = (sign: number) =>
    tf.tensor4d(
      rows.flat().map((value) => sign * value),
      [rows.length, 1, rows[0]!.length, 1],
    );
  return { keys: tensor(1), values: tensor(-1) };
};

test("new tokens go behind the old, in keys and values alike, also inside a tidy", async () => {
  const left = await tensorsLeftBy(() => {
    const next = cacheOf([[5], [6]]);
    const grown = tf.tidy(() =>
      append(
        cacheOf([
          [1, 2],
          [3, 4],
        ]),
        next,
      ),
    );
    assert.equal(numbers(grown.keys), [1, 2, 5, 3, 4, 6]);
    assert.equal(numbers(grown.values), [-1, -2, -5, -3, -4, -6]);
    tf.dispose(next);
  });
  assert.is(left, 0);
});

test("rows can be kept in any order, and the rest is freed", async () => {
  const left = await tensorsLeftBy(() => {
    const rows = tf.tensor1d([2, 0], "int32");
    const kept = selectRows(
      cacheOf([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      rows,
    );
    assert.equal(numbers(kept.keys), [5, 6, 1, 2]);
    assert.equal(numbers(kept.values), [-5, -6, -1, -2]);
    rows.dispose();
  });
  assert.is(left, 0);
});

test("columns that all kept rows can spare go with the other rows", async () => {
  const left = await tensorsLeftBy(() => {
    const rows = tf.tensor1d([1], "int32");
    const kept = selectRows(
      cacheOf([
        [1, 2, 3],
        [0, 4, 5],
      ]),
      rows,
      1,
    );
    assert.equal(
      [kept.keys.shape, numbers(kept.keys), numbers(kept.values)],
      [
        [1, 1, 2, 1],
        [4, 5],
        [-4, -5],
      ],
    );
    rows.dispose();
  });
  assert.is(left, 0);
});

test("rows of two caches are joined at their right ends", async () => {
  const left = await tensorsLeftBy(() => {
    const joined = joinRows(
      cacheOf([[1]]),
      cacheOf([
        [2, 3],
        [4, 5],
      ]),
    );
    assert.equal(numbers(joined.keys), [0, 1, 2, 3, 4, 5]);
    assert.equal(numbers(joined.values).map(Math.abs), [0, 1, 2, 3, 4, 5]);
  });
  assert.is(left, 0);
});

test("a sequence becomes rows that are moved by their padding; what has no room is left out", async () => {
  const left = await tensorsLeftBy(() => {
    const one = cacheOf([[1, 2, 3, 9]]); // three tokens, and room for another
    const [rows] = spreadRows([one], [0, 2], 3);
    assert.equal(rows!.keys.shape, [2, 1, 3, 1]);
    assert.equal(
      numbers(rows!.keys).filter((_, i) => i < 3 || i === 5),
      [1, 2, 3, 1],
    ); // the second row begins at column 2
    tf.dispose([one, rows!.values]);
  });
  assert.is(left, 0);
});

test("of a cache with room, only its tokens are kept and joined", async () => {
  const left = await tensorsLeftBy(() => {
    const rows = tf.tensor1d([1], "int32");
    const kept = selectRows(
      cacheOf([
        [1, 2, 9],
        [3, 4, 9],
      ]),
      rows,
      1,
      2,
    );
    assert.equal(numbers(kept.keys), [4]);
    const joined = joinRows(cacheOf([[1, 2, 9]]), cacheOf([[5, 9, 9]]), 2, 1);
    assert.equal(numbers(joined.keys), [1, 2, 0, 5]);
    tf.dispose([rows, kept.values, joined.values]);
  });
  assert.is(left, 0);
});

test.run();

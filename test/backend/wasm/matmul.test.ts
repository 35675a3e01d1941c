import { tmpdir } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compiledMatmul, runs } from "../../../lib/backend/wasm/matmul";

const many = { a: 0, b: 0, out: 0 };

test("equal batches, or one matrix against many, are one run", () => {
  assert.equal(runs([2, 3], [2, 3], [2, 3]), [{ ...many, many: 6, manyA: true, manyB: true }]);
  assert.equal(runs([], [5], [5]), [{ ...many, many: 5, manyA: false, manyB: true }]);
  assert.equal(runs([], [], []), [{ ...many, many: 1, manyA: false, manyB: false }]);
  assert.equal(runs([0], [0], [0]), []);
});

test("when both sides repeat, each product finds its own two matrices", () => {
  // [2, 1] × [1, 3] → [2, 3]: a counts rows, b columns
  assert.equal(
    runs([2, 1], [1, 3], [2, 3]).map(({ a, b, out }) => [a, b, out]),
    [
      [0, 0, 0],
      [0, 1, 1],
      [0, 2, 2],
      [1, 0, 3],
      [1, 1, 4],
      [1, 2, 5],
    ],
  );
});

test("a folder without a build above it has no compiled kernel", () => assert.is(compiledMatmul(tmpdir()), undefined));

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { sameRows } from "../../lib/metrics/execution";

test("results are sets of rows: order and repeats do not matter", () => {
  assert.ok(
    sameRows(
      [
        [1, "a"],
        [2, "b"],
      ],
      [
        [2, "b"],
        [1, "a"],
        [1, "a"],
      ],
    ),
  );
  assert.ok(sameRows([], []));
});

test("a row too many or too few is another result", () => {
  assert.not.ok(sameRows([[1], [2]], [[1]]));
  assert.not.ok(sameRows([[1]], [[1], [2]]));
  assert.not.ok(sameRows([], [[null]]));
});

test("the order of columns matters, and their number", () => {
  assert.not.ok(sameRows([[1, 2]], [[2, 1]]));
  assert.not.ok(sameRows([[1, 1]], [[1]]));
  assert.not.ok(sameRows([["a", "b"]], [["ab", ""]]));
});

test("values are equal as Python has it", () => {
  assert.ok(sameRows([[1]], [[1.0]]));
  assert.ok(sameRows([[-0]], [[0]]));
  assert.ok(sameRows([[3]], [[3n]]));
  assert.ok(sameRows([[2 ** 60]], [[2n ** 60n]]));
  assert.not.ok(sameRows([[2 ** 60]], [[2n ** 60n + 1n]]));
  assert.not.ok(sameRows([[1]], [["1"]]));
  assert.not.ok(sameRows([[null]], [["-"]]));
  assert.not.ok(sameRows([[null]], [[0]]));
  assert.ok(sameRows([[new Uint8Array([97])]], [[Buffer.from("a")]]));
  assert.not.ok(sameRows([[new Uint8Array([97])]], [["a"]]));
  assert.not.ok(sameRows([[0.1 + 0.2]], [[0.3]]));
});

test.run();

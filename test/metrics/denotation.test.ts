import { test } from "uvu";
import * as assert from "uvu/assert";
import { isOrdered, sameDenotation } from "../../lib/metrics/denotation";
import { sameRows } from "../../lib/metrics/execution";

const free = { ordered: false };
const ordered = { ordered: true };

test("rows may come in any order, unless the gold query orders them", () => {
  assert.ok(
    sameDenotation(
      [
        [2, "b"],
        [1, "a"],
      ],
      [
        [1, "a"],
        [2, "b"],
      ],
      free,
    ),
  );
  assert.not.ok(
    sameDenotation(
      [
        [2, "b"],
        [1, "a"],
      ],
      [
        [1, "a"],
        [2, "b"],
      ],
      ordered,
    ),
  );
  assert.ok(
    sameDenotation(
      [
        [1, "a"],
        [2, "b"],
      ],
      [
        [1, "a"],
        [2, "b"],
      ],
      ordered,
    ),
  );
});

test("repeats count, which sameRows does not see", () => {
  assert.not.ok(sameDenotation([[1], [1], [2]], [[1], [2], [2]], free));
  assert.not.ok(sameDenotation([[1], [1]], [[1]], free));
  assert.ok(sameRows([[1], [1]], [[1]]));
});

test("columns may come in any order, as long as it is one for all rows", () => {
  assert.ok(
    sameDenotation(
      [
        ["a", 1],
        ["b", 2],
      ],
      [
        [1, "a"],
        [2, "b"],
      ],
      free,
    ),
  );
  assert.ok(
    sameDenotation(
      [
        ["a", 1],
        ["b", 2],
      ],
      [
        [1, "a"],
        [2, "b"],
      ],
      ordered,
    ),
  );
  assert.not.ok(
    sameDenotation(
      [
        [1, 2],
        [4, 3],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      free,
    ),
  ); // each row is a permutation, by another one
  assert.not.ok(sameRows([["a", 1]], [[1, "a"]]));
});

test("columns are paired for good only when all of them fit", () => {
  // the first gold column equals both predicted ones as a bag; only the second gold column tells them apart
  assert.ok(
    sameDenotation(
      [
        [2, 1, "x"],
        [1, 2, "y"],
      ],
      [
        ["x", 1, 2],
        ["y", 2, 1],
      ],
      free,
    ),
  );
});

test("thirty equal columns are no riddle", () => {
  const zeros = Array<number>(30).fill(0);
  assert.not.ok(
    sameDenotation(
      [
        [...zeros, 1, 2],
        [...zeros, 2, 2],
      ],
      [
        [...zeros, 1, 2],
        [...zeros, 2, 1],
      ],
      free,
    ),
  );
  assert.ok(sameDenotation([[1, ...zeros]], [[...zeros, 1]], free));
});

test("widths and lengths must agree; two empty results are equal", () => {
  assert.ok(sameDenotation([], [], ordered));
  assert.not.ok(sameDenotation([], [[1]], free));
  assert.not.ok(sameDenotation([[1, 2]], [[1]], free));
});

test("values are equal as in Python: 1 is 1.0 and not '1'", () => {
  assert.ok(sameDenotation([[1]], [[1.0]], free));
  assert.not.ok(sameDenotation([["1"]], [[1]], free));
  assert.ok(sameDenotation([[2n ** 60n]], [[2 ** 60]], free));
});

test("a NULL before a number is no minus sign", () => {
  assert.not.ok(sameRows([[null, 1, -1]], [[-1, null, 1]]));
});

test("the gold query is ordered if it says so anywhere, in any case", () => {
  assert.ok(isOrdered("SELECT a FROM t Order By b"));
  assert.not.ok(isOrdered("SELECT a FROM t"));
});

test.run();

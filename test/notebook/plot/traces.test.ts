import { test } from "uvu";
import * as assert from "uvu/assert";
import { coinciding } from "../../../lib/notebook/plot/traces";

test("a line that lies on an earlier one for half of its length or more is dashed", () => {
  const base = [0, 1, 2, 100]; // the range is 100: 0.5 is near
  assert.equal(coinciding([base, base]), [false, true]);
  assert.equal(coinciding([base, [0, 1, 2, 50]]), [false, true]); // three of four
  assert.equal(coinciding([base, [0, 1.5, 50, 60]]), [false, true]); // two of four
  assert.equal(coinciding([base, [0, 50, 60, 70]]), [false, false]); // one of four
  assert.equal(coinciding([base, [40, 50, 60, 70], base]), [false, false, true]);
});

test("values that are absent lie on nothing", () => {
  assert.equal(
    coinciding([
      [null, null],
      [null, null],
    ]),
    [false, false],
  );
  assert.equal(
    coinciding([
      [0, 10, null],
      [0, null, 5],
    ]),
    [false, true],
  ); // one of two known values
});

test.run();

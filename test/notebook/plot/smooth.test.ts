import { test } from "uvu";
import * as assert from "uvu/assert";

import { smoothed } from "../../../lib/notebook/plot/smooth";

test("a running mean looks as far ahead as behind, and is cut at the ends", () => {
  // width 3: (1+2)/2, (1+2+6)/3, (2+6)/2
  assert.equal(smoothed([1, 2, 6], 3), [1.5, 3, 4]);
  assert.equal(smoothed([1, 2, 6], 1), [1, 2, 6]);
});

test("nulls stay null and do not count", () => {
  assert.equal(smoothed([2, null, 4], 3), [2, null, 4]); // (2)/1, –, (4)/1
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";

import { ticks } from "../../../lib/notebook/plot/ticks";

test("ticks are round and inside the range", () => {
  assert.equal(ticks(0.07, 0.61), [0.2, 0.4, 0.6]); // 0.54 / 4 = 0.135, rounded up to 0.2
  assert.equal(ticks(-2, 6), [-2, 0, 2, 4, 6]);
  assert.equal(ticks(3, 3), [3]);
});

test.run();

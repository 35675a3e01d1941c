import { test } from "uvu";
import * as assert from "uvu/assert";

import { spark, thinned } from "../../../../lib/notebook/render/text/spark";

test("a sparkline runs from the lowest block to the highest", () => {
  assert.is(spark([0, 7]), "▁█");
  assert.is(spark([3, null, 3]), "▁▁");
  assert.is(spark([]), "");
});

test("thinning takes the mean of neighbours", () => {
  assert.equal(thinned([1, 3, 5, 7], 2), [2, 6]);
  assert.equal(thinned([1, 3], 5), [1, 3]);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSlowness, processorSlowness, slowness } from "../../lib/setup/machine-speed";

test("the usual processor and a faster one have factor 1, one that takes twice as long 2, and none more than 5", () => {
  assert.is(processorSlowness(5), 1);
  assert.is(processorSlowness(2), 1);
  assert.is(processorSlowness(10), 2);
  assert.is(processorSlowness(1000), 5);
});

test("a load below the number of cores changes nothing, three programs a core take three times as long", () => {
  assert.is(loadSlowness(0.2), 1);
  assert.is(loadSlowness(3), 3);
  assert.is(loadSlowness(50), 5);
});

test("this machine has a factor between 1 and 10, and it takes less than a second to tell", () => {
  const began = performance.now();
  const factor = slowness();
  assert.ok(factor >= 1 && factor <= 10, `${factor}`);
  assert.ok(performance.now() - began < 1000 * factor);
});

test.run();

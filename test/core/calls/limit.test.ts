import { test } from "uvu";
import * as assert from "uvu/assert";
import { mapLimit } from "../../../lib/core/calls/limit";

const after = async (ticks: number): Promise<void> => {
  for (let i = 0; i < ticks; i++) await new Promise(setImmediate);
};

test("results come in the order of the items, whatever the order of arrival", async () => {
  const results = await mapLimit([3, 0, 2], 3, async (ticks, i) => {
    await after(ticks);
    return `${i}:${ticks}`;
  });
  assert.equal(results, ["0:3", "1:0", "2:2"]);
});

test("never more than `width` calls are in flight, and as many as that are", async () => {
  let now = 0;
  let most = 0;
  await mapLimit(Array.from({ length: 10 }), 3, async () => {
    most = Math.max(most, ++now);
    await after(2);
    now--;
  });
  assert.is(most, 3);
});

test("after a failure no call is started, and the failure is what the caller sees", async () => {
  const started: number[] = [];
  try {
    await mapLimit([0, 1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      await after(1);
      if (item === 1) throw new Error("engine down");
      await after(3);
    });
    assert.unreachable("the failure was lost");
  } catch (error) {
    assert.is((error as Error).message, "engine down");
  }
  await after(10);
  assert.equal(started, [0, 1]);
});

test("no items, no calls", async () =>
  assert.equal(await mapLimit([], 4, async () => assert.unreachable("called")), []));

test.run();

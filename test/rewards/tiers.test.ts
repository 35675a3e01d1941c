import { test } from "uvu";
import * as assert from "uvu/assert";
import { recallTiers, tieredReward } from "../../lib/rewards/tiers";

test("every tier begins exactly at its threshold", () => {
  const just = 1e-9;
  for (const [i, [atLeast, reward]] of recallTiers.slice(0, -1).entries()) {
    assert.is(tieredReward(atLeast), reward);
    assert.is(tieredReward(atLeast - just), recallTiers[i + 1]![1]);
  }
});

test("finding nothing costs 3.5 and finding all earns 5", () => {
  assert.is(tieredReward(0), -3.5);
  assert.is(tieredReward(1), 5);
});

test("more recall never earns less", () => {
  for (let hits = 1; hits <= 1000; hits++) assert.ok(tieredReward(hits / 1000) >= tieredReward((hits - 1) / 1000));
});

test("a recall that is no fraction is refused", () => {
  for (const recall of [NaN, -0.1, 1.1, 40]) assert.throws(() => tieredReward(recall), /must be a fraction/);
});

test.run();

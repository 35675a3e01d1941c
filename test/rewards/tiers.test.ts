import { test } from "uvu";
import * as assert from "uvu/assert";
import { rankedReward, recallTiers, squadTiers, tieredReward } from "../../lib/rewards/tiers";

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

test("every rank tier ends exactly at its rank", () => {
  assert.equal(
    [1, 5, 6, 20, 21, 50, 51, 100, 101, 1000, 1001, 3000, 3001, Infinity].map((rank) => rankedReward(rank)),
    [5, 5, 4, 4, 2, 2, 1, 1, 0.5, 0.5, 0.1, 0.1, -3.5, -3.5],
  );
});

test("SQuAD's differ in the price of a miss", () => {
  assert.equal(
    [1, 3000, 3001].map((rank) => rankedReward(rank, squadTiers)),
    [5, 0.1, -2.5],
  );
});

test("a rank that is no place is refused", () => {
  for (const rank of [0, -1, NaN]) assert.throws(() => rankedReward(rank), /must be 1 or more/);
});

test.run();

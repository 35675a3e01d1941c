import { test } from "uvu";
import * as assert from "uvu/assert";
import { familyOf, type RecallFamily } from "../../lib/rewards/families";
import { recallReward } from "../../lib/rewards/recall-reward";

const family = familyOf("pubmed") as RecallFamily;
const hits = (...ids: string[]) => ({ hits: ids.map((docId, i) => ({ docId, score: -i })) });
const gold = (...ids: string[]) => ({ kind: "documents", ids, grades: ids.map(() => 1) }) as const;
const safe = { family, profile: "safe" } as const;

test("a search earns 1 for its form on top of its tier", () => {
  const ten = gold(..."abcdefghij");
  assert.equal(recallReward(hits(..."abcdefg"), ten, safe), { reward: 6, measures: { "R@3000": 0.7 } }); // 1 + 5
  assert.is(recallReward(hits("a"), ten, safe).reward, 1.5); // recall 0.1: 1 + 0.5
  assert.is(recallReward(hits("z"), ten, safe).reward, -2.5); // 1 − 3.5
});

test("hits past k do not count, and a hit that is listed twice counts once", () => {
  assert.is(recallReward(hits("x", "a", "b"), gold("a", "b"), { ...safe, k: 2 }).measures["R@2"], 0.5);
  assert.is(recallReward(hits("a", "a"), gold("a", "b"), safe).measures["R@3000"], 0.5);
});

test("a label that is listed twice counts once, and twice in the reference's denominator", () => {
  assert.is(recallReward(hits("a"), gold("a", "a", "b"), safe).measures["R@3000"], 1 / 2);
  assert.is(recallReward(hits("a"), gold("a", "a", "b"), { family, profile: "reference" }).measures["R@3000"], 1 / 3);
});

test("no labels is an exception in the reference: −3", () => {
  const { reward, note } = recallReward(hits("a"), gold(), { family, profile: "reference" });
  assert.is(reward, -3);
  assert.match(note!, /0\/0/);
});

test.run();

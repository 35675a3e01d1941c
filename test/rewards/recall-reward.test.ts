import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Answer, Fault } from "../../lib/prompts/answer";
import { recallReward } from "../../lib/rewards/recall-reward";

const query: Answer = { kind: "query", query: "a" };
const malformed = (fault: Fault): Answer => ({ kind: "malformed", fault, why: "" });

test("a readable turn earns 1 on top of its tier", () => {
  assert.is(recallReward(query, 0.7), 6); // 1 + 5
  assert.is(recallReward(query, 0.29), 1.5); // 1 + 0.5
  assert.is(recallReward(query, 0), -2.5); // 1 − 3.5
});

test("bad tags cost 4 and bad JSON 3", () => {
  assert.is(recallReward(malformed("structure"), undefined), -4);
  assert.is(recallReward(malformed("json"), undefined), -3);
});

test("an empty answer earns nothing: the reference's +1 is kept for parity only", () => {
  assert.is(recallReward(malformed("empty"), undefined), -3);
  assert.is(recallReward(malformed("empty"), undefined, "reference"), 1);
});

test("by default no malformed turn earns as much as the worst search", () => {
  for (const fault of ["structure", "json", "empty"] as const) assert.ok(recallReward(malformed(fault), undefined) < recallReward(query, 0));
});

test("a query without a recall is refused, not scored", () => {
  assert.throws(() => recallReward(query, undefined), /no recall for the query "a"/);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { responseLengths } from "../../../lib/training/measures/response-lengths";
import { groupsWithSpread, lackingGroups } from "../../../lib/training/shaping/dynamic-sampling";
import { overlongPenalty } from "../../../lib/training/shaping/overlong";

test("the overlong penalty grows over the buffer and is the factor at the limit", () => {
  const at = (length: number, factor = 1) => overlongPenalty(length, { limit: 100, buffer: 20, factor });
  assert.equal(
    [0, 80, 85, 90, 100].map((length) => at(length)),
    [0, 0, -0.25, -0.5, -1],
  );
  assert.is(at(90, 4), -2);
  assert.is(at(90, 0), -0);
});

test("a buffer longer than the limit is refused with both", () => {
  assert.throws(() => overlongPenalty(1, { limit: 10, buffer: 20 }), /buffer is 20 and limit is 10/);
  assert.throws(() => overlongPenalty(1, { limit: 10, buffer: 0 }), /buffer is 0/);
});

test("groups whose answers all earned the same are dropped, and counted", () => {
  const scores = [1, 2, 5, 5, undefined, 3, 7, undefined, undefined, 1, 2];
  const groups = ["a", "a", "b", "b", "c", "c", "d", "d", "e", "f", "f"];
  const kept = groupsWithSpread({ scores, groups });
  assert.equal(kept, { kept: [0, 1, 9, 10], groups: 2, dropped: { equal: 1, unscored: 3 } });
});

test("an answer without a score leaves a group that is kept", () => {
  const { kept } = groupsWithSpread({ scores: [1, undefined, 2], groups: [0, 0, 0] });
  assert.equal(kept, [0, 2]);
});

test("nothing at all keeps nothing", () => {
  assert.equal(groupsWithSpread({ scores: [], groups: [] }), {
    kept: [],
    groups: 0,
    dropped: { equal: 0, unscored: 0 },
  });
});

test("sampling goes on until the batch is full or the rounds are spent", () => {
  assert.equal(lackingGroups(8, 5, 1, 3), { lacking: 3, again: true });
  assert.equal(lackingGroups(8, 5, 3, 3), { lacking: 3, again: false });
  assert.equal(lackingGroups(8, 9, 1, 3), { lacking: 0, again: false });
});

test("lengths are told with and without the responses that were aborted; none at all is no NaN", () => {
  const lengths = responseLengths([4, 0, 2], 4);
  assert.is(lengths["response_length/mean"], 2);
  assert.is(lengths["response_length_non_aborted/mean"], 3);
  assert.is(lengths["response_length_non_aborted/clip_ratio"], 0.5);
  assert.ok(Object.values(responseLengths([0, 0], 4)).every((value) => value === 0 || Number.isFinite(value)));
});

test.run();

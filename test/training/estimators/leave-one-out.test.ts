import { test } from "uvu";
import * as assert from "uvu/assert";
import { bestOfGroup } from "../../../lib/training/estimators/best-of-group";
import { groupPolicyGradient } from "../../../lib/training/estimators/group-policy-gradient";
import { leaveOneOut } from "../../../lib/training/estimators/leave-one-out";
import { lengthWeightedBaseline } from "../../../lib/training/estimators/length-weighted-baseline";
import { close } from "../../fixtures";

const groups = ["g", "g", "g"];

test("the baseline of an answer is the mean of the others", () => {
  // 6 − (0 + 3)/2,  0 − (6 + 3)/2,  3 − (6 + 0)/2
  assert.equal(leaveOneOut({ scores: [6, 0, 3], groups }), [4.5, -4.5, 0]);
});

test("an answer without a score is nobody's baseline", () => {
  assert.equal(leaveOneOut({ scores: [6, undefined, 3], groups }), [3, 0, -3]);
  assert.equal(leaveOneOut({ scores: [6, undefined, undefined], groups }), [0, 0, 0]);
  assert.equal(leaveOneOut({ scores: [undefined, undefined, undefined], groups }), [0, 0, 0]);
});

test("an answer that was planned alone keeps its score, or gets 0 as verl's vectorised form has it", () => {
  assert.equal(leaveOneOut({ scores: [5], groups: [0] }), [5]);
  assert.equal(leaveOneOut({ scores: [5], groups: [0] }, { singleton: "zero" }), [0]);
});

test("OPO weighs the baseline by length", () => {
  // (10·1 + 30·0 + 0·9) / 40 = 0.25
  assert.equal(lengthWeightedBaseline({ scores: [1, 0, 9], groups, lengths: [10, 30, 0] }), [0.75, -0.25, 8.75]);
  assert.equal(lengthWeightedBaseline({ scores: [1, 2, 3], groups, lengths: [0, 0, 0] }), [1, 2, 3]); // not 0/0
});

test("GPG scales for the answers that earned nothing", () => {
  // α = 3/2; μ = 1
  assert.equal(groupPolicyGradient({ scores: [1, 2, 0], groups }), [0, 1.5, -1.5]);
  assert.equal(groupPolicyGradient({ scores: [0, 0, 0], groups }), [0, 0, 0]); // not 3/0
});

test("for pass@k only the best answer counts, by its lead", () => {
  assert.equal(bestOfGroup({ scores: [1, 4, 2], groups }, { normaliseByStd: false }), [0, 2, 0]);
  /** Σ² = (16 + 25 + 1)/9/2 */
  close(bestOfGroup({ scores: [1, 4, 2], groups }), [0, 2 / Math.sqrt(7 / 3), 0], { rtol: 1e-5 });
  assert.equal(bestOfGroup({ scores: [2, 2, 2], groups }), [0, 0, 0]);
  assert.throws(() => bestOfGroup({ scores: [1], groups: ["q"] }), /group q has 1 scored answer.* Use a group of 2/);
});

test.run();

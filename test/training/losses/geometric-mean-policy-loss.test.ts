import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { geometricMeanPolicyLoss } from "../../../lib/training/losses/geometric-mean-policy-loss";
import { close } from "../../fixtures";
import { measureLoss } from "./measure-loss";

test.before(async () => void (await useBackend("cpu")));

/** Log-ratios of ln 2 = 0.693 and −0.1: the first lies outside ±0.4. */
const moved = { before: [[0.25, 0.5]], now: [[0.5, 0.5 * Math.exp(-0.1)]] };

test("a good sequence gains by the clipped log-ratios of its tokens", () => {
  const made = measureLoss(geometricMeanPolicyLoss, { ...moved, advantages: [[1, 1]] }, {});
  const ratio = Math.exp((0.4 - 0.1) / 2);
  close([made.loss], [-ratio]);
  close(made.gradient, [0, -ratio / 2]); // the clipped token does not push
  assert.equal([made.clipFraction, made.lowerClipFraction], [0.5, 0]);
});

test("a bad one is pushed down by what its tokens really moved, where that is worse", () => {
  const made = measureLoss(geometricMeanPolicyLoss, { ...moved, advantages: [[-1, -1]] }, {});
  const ratio = Math.exp((Math.log(2) - 0.1) / 2);
  close([made.loss], [ratio]);
  close(made.gradient, [ratio / 2, ratio / 2]);
  assert.equal([made.clipFraction, made.lowerClipFraction], [0, 0.5]);
});

test("two ε, in nats", () => {
  const { loss } = measureLoss(
    geometricMeanPolicyLoss,
    { ...moved, advantages: [[1, 1]] },
    { clip: 0.4, clipHigh: 0.6 },
  );
  close([loss], [-Math.exp((0.6 - 0.1) / 2)]);
});

test("the weight of a sequence is the geometric mean of its tokens' weights", () => {
  const made = measureLoss(geometricMeanPolicyLoss, { ...moved, advantages: [[1, 1]], weights: [[4, 1]] }, {});
  close([made.loss], [-2 * Math.exp(0.15)]);
});

test("sequences have the same weight whatever their lengths", () => {
  const still = { before: [[0.5], [0.5]], now: [[0.5], [0.5]], advantages: [[1], [3]] };
  close([measureLoss(geometricMeanPolicyLoss, still, {}).loss], [-2]);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { clipCovariancePolicyLoss } from "../../../lib/training/losses/clip-covariance-policy-loss";
import { tokenCovariances } from "../../../lib/training/losses/covariance";
import { klCovariancePolicyLoss } from "../../../lib/training/losses/kl-covariance-policy-loss";
import { close, tensorsLeftBy } from "../../fixtures";
import { measureLoss } from "./measure-loss";

test.before(async () => void (await useBackend("cpu")));

const [likely, middling, rare] = [Math.exp(-1), Math.exp(-2), Math.exp(-3)];
/** Means of 1 and −2: the covariances are (3−1)·(−1+2) = 2, (−1−1)·0 = 0 and 0·(−3+2) = 0. */
const three = { now: [[likely, middling, rare]], advantages: [[3, -1, 1]] };
const onPolicy = { ...three, before: three.now };

test("a covariance is that of a token inside the mask, with the means of those alone", async () => {
  const [logps, advantages, mask] = [
    [-1, -2, -3, 50],
    [3, -1, 1, -50],
    [1, 1, 1, 0],
  ].map((row) => tf.tensor2d([row])) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const left = await tensorsLeftBy(() => {
    const made = tokenCovariances(logps, advantages, mask);
    assert.equal(
      made.map(({ place, covariance }) => [place, Math.abs(covariance)]),
      [
        [0, 2],
        [1, 0],
        [2, 0],
      ],
    );
  });
  assert.is(left, 0);
  tf.dispose([logps, advantages, mask]);
});

test("Clip-Cov holds back a token of high covariance: it teaches nothing", () => {
  const { loss, gradient, clipFraction } = measureLoss(clipCovariancePolicyLoss, onPolicy, {});
  close([loss, clipFraction], [(0 + 1 - 1) / 3, 1 / 3]);
  close(gradient, [0, 1 / 3, -1 / 3]);
});

test("but not one whose covariance lies outside the bounds", () => {
  for (const bounds of [{ clipCovHigh: 2 }, { clipCovLow: 2 }])
    close(measureLoss(clipCovariancePolicyLoss, onPolicy, bounds).gradient, [-1, 1 / 3, -1 / 3]);
});

test("nor one that the clip of the ratio has stopped", () => {
  const before = [[likely * Math.exp(-0.5), middling, rare]]; // its ratio is e^0.5, held at 1.2
  const { loss, clipFraction } = measureLoss(clipCovariancePolicyLoss, { ...three, before }, {});
  close([loss, clipFraction], [(-1.2 * 3 + 1 - 1) / 3, 0]);
});

test("of many candidates the share r of all tokens is drawn, one at least, and the same ones every time", () => {
  const now = [Array.from({ length: 20 }, (_, i) => (i < 10 ? 0.9 : 0.01))];
  const advantages = [Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : -1))]; // each covariance is 2.25
  const held = (clipCovRatio: number) =>
    measureLoss(clipCovariancePolicyLoss, { now, before: now, advantages }, { clipCovRatio }).gradient;
  const none = (gradient: readonly number[]) => gradient.filter((slope) => slope === 0).length;
  assert.equal(
    [0.0002, 0.05, 0.1, 0.5, 1].map((ratio) => none(held(ratio))),
    [1, 1, 2, 10, 20],
  );
  assert.equal(held(0.1), held(0.1));
});

test("KL-Cov pulls the tokens of the highest covariance back to the old policy, and clips nothing", () => {
  const before = [[likely * Math.exp(-0.5), middling, rare]];
  const ratio = Math.exp(0.5);
  const { loss, gradient } = measureLoss(klCovariancePolicyLoss, { ...three, before }, {});
  close([loss], [(-3 * ratio + 0.5 + 1 - 1) / 3]);
  close(gradient, [(-3 * ratio + 1) / 3, 1 / 3, -1 / 3]);
  const doubled = measureLoss(klCovariancePolicyLoss, { ...three, before }, { klCovCoefficient: 2 });
  close([doubled.loss], [(-3 * ratio + 1 + 1 - 1) / 3]);
});

test("the share r of the tokens is penalised, those of the largest covariance first", () => {
  const before = [three.now[0]!.map((p) => p * Math.exp(-0.1))];
  const of = (klCovRatio: number) =>
    measureLoss(klCovariancePolicyLoss, { ...three, before }, { klCovRatio, klCovCoefficient: 3 }).loss;
  close([of(1) - of(0.5)], [(2 * 0.1 * 3) / 3]); // three tokens in place of one
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { importanceWeights } from "../../../lib/training/losses/importance-weights";
import { close } from "../../fixtures";

const [ln2, ln4] = [Math.log(2), Math.log(4)];
const mask = [
  [1, 1, 0],
  [1, 1, 1],
];
const input = {
  oldLogps: [
    [ln4, -ln2, NaN],
    [0, 0, ln2],
  ],
  rolloutLogps: [
    [0, 0, 0],
    [0, 0, 0],
  ],
  mask,
};

test("weights of tokens are their ratios, held at the upper bound", () => {
  const { weights, metrics } = importanceWeights(input, { upper: 3 }); // ratios 4, ½ | 1, 1, 2
  close(weights.flat(), [3, 0.5, 0, 1, 1, 2]);
  // verl's figures are of the ratios before they are held: 8.5 / 5, and 4
  close([metrics["rollout_corr/rollout_is_mean"]!, metrics["rollout_corr/rollout_is_max"]!], [1.7, 4]);
  close([metrics["rollout_corr/rollout_is_min"]!], [0.5]);
  // the sample size is of ratios within ⅓ and 3: 3, ½, 1, 1, 2, whose squares add up to 15.25
  close([metrics["rollout_corr/rollout_is_eff_sample_size"]!], [1.5 ** 2 / (15.25 / 5)]);
  close([metrics["rollout_corr/rollout_is_std"]!], [Math.sqrt(15.25 / 5 - 1.5 ** 2)]);
  close([metrics["rollout_corr/rollout_is_ratio_fraction_high"]!], [1 / 5]);
  close([metrics["rollout_corr/rollout_is_ratio_fraction_low"]!], [0]);
  close([metrics["rollout_corr/kl"]!], [-(2 * ln2 - ln2 + ln2) / 5]);
});

test("a sequence has the product of its ratios for every token", () => {
  close(importanceWeights(input, { level: "sequence", upper: 9 }).weights.flat(), [2, 2, 0, 2, 2, 2]);
});

test("the mismatch by verl's names, by hand", () => {
  const { metrics } = importanceWeights(input, { level: "sequence", upper: 1.5 });
  const figures = (...names: string[]) => names.map((name) => metrics[`rollout_corr/${name}`]!);
  // log-ratios ln4, −ln2 | 0, 0, ln2: e^d − d − 1 add up to (4 + ½ + 1 + 1 + 2) − 2·ln2 − 5
  close(figures("k3_kl"), [(3.5 - 2 * ln2) / 5]);
  // mean −log π of a sequence: −½·ln2 and −⅓·ln2; of the sampler 0 and 0
  close(figures("training_ppl", "rollout_ppl"), [(2 ** -0.5 + 2 ** (-1 / 3)) / 2, 1]);
  close(figures("log_ppl_diff", "ppl_ratio"), [(-5 / 12) * ln2, (2 ** -0.5 + 2 ** (-1 / 3)) / 2]);
  close(figures("chi2_token", "chi2_seq"), [(16 + 0.25 + 1 + 1 + 4) / 5 - 1, 4 - 1]); // both products are 2
  close(figures("rollout_is_ratio_fraction_high", "rollout_is_max"), [1, 2]);
  close([metrics["training/rollout_probs_diff_max"]!], [3]); // |4 − 1|: log-probabilities of the test, not of a model
});

test("with a lower bound, what lies outside both bounds teaches nothing", () => {
  close(importanceWeights(input, { lower: 0.75, upper: 3 }).weights.flat(), [0, 0, 0, 1, 1, 2]);
  close(
    [importanceWeights(input, { lower: 0.75, upper: 3 }).metrics["rollout_corr/rollout_rs_masked_fraction"]!],
    [2 / 5],
  );
});

test("normalised weights have mean 1: over tokens, or over sequences at that level", () => {
  close(importanceWeights(input, { upper: 3, normalise: true }).weights.flat(), [2, 1 / 3, 0, 2 / 3, 2 / 3, 4 / 3]);
  close(importanceWeights(input, { level: "sequence", normalise: true }).weights.flat(), [1, 1, 0, 1, 1, 1]);
});

test("a sampler that agrees gives weights of 1; nothing inside the mask gives 0 and no metrics", () => {
  const same = importanceWeights({ oldLogps: [[-1, -2]], rolloutLogps: [[-1, -2]], mask: [[1, 1]] });
  assert.equal(same.weights, [[1, 1]]);
  const empty = importanceWeights({ oldLogps: [[NaN]], rolloutLogps: [[0]], mask: [[0]] }, { normalise: true });
  assert.equal(empty, { weights: [[0]], metrics: {} });
});

test("shapes that differ are refused by name", () => {
  assert.throws(
    () => importanceWeights({ oldLogps: [[1, 2]], rolloutLogps: [[1]], mask: [[1, 1]] }),
    /importanceWeights: oldLogps is \[1,2\] but rolloutLogps is \[1,1\]/,
  );
});

test.run();

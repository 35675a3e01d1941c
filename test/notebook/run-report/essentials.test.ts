import { test } from "uvu";
import * as assert from "uvu/assert";

import { essentialColumns, essentialPanels } from "../../../lib/notebook/run-report/essentials";
import { metricNames, metricText } from "../../../lib/notebook/run-report/metric-name";
import { shareText } from "../../../lib/notebook/render/text/quantity";
import { standing } from "../../../lib/notebook/run-report/standing";
import { summary } from "../../../lib/notebook/run-report/summary";
import { trend } from "../../../lib/notebook/run-report/trend";

/** The columns of a step of ppo, in its order. */
const step = {
  step: 1,
  "training/global_step": 1,
  "reward/mean": 0.5,
  "reward/nDCG@10": 0.25,
  "reward/R@100": 0.5,
  "reward/70_recall_ratio": 0,
  "reward/50_recall_ratio": 0,
  "reward/40_recall_ratio": 0,
  "reward/30_recall_ratio": 0,
  "reward/10_recall_ratio": 0,
  "reward/5_recall_ratio": 0,
  "reward/format_error_ratio": 0.125,
  "reward/wrong_answer_ratio": 0,
  "reward/warning_ratio": 0,
  "reward/n_scored": 8,
  "reward/std": 1.5,
  "critic/score/mean": 0.5,
  "critic/kl": 0.01,
  "critic/vf_explained_var": 0.2,
  "response_length/mean": 40,
  "response_length/clip_ratio": 0,
  "timing_s/step": 2,
};

test("training shows reward, the task's own measure, KL, length, malformed and cut, and spread: no tiers", () => {
  assert.equal(essentialPanels([step]), [
    ["reward/mean"],
    ["reward/nDCG@10"],
    ["critic/kl"],
    ["response_length/mean"],
    ["reward/format_error_ratio", "response_length/clip_ratio"],
    ["reward/std"],
  ]);
  assert.equal(metricNames(essentialColumns([step])), [
    "reward",
    "nDCG@10",
    "KL",
    "length",
    "malformed",
    "cut",
    "spread",
  ]);
});

test("validation is drawn with what it validates, and stays out of the line", () => {
  const validated = {
    ...step,
    "val-core/pub/med/reward/mean@1": 1,
    "val-core/pub/med/nDCG@10/mean@1": 0.5,
    "val-core/pub/med/format_error_ratio/mean@1": 0,
  };
  assert.equal(essentialPanels([step, validated]).slice(0, 2), [
    ["reward/mean", "val-core/pub/med/reward/mean@1"],
    ["reward/nDCG@10", "val-core/pub/med/nDCG@10/mean@1"],
  ]);
  assert.equal(metricNames(essentialPanels([validated])[1]!), ["nDCG@10", "validation nDCG@10"]);
  assert.is(essentialColumns([validated]).length, 7);
});

test("a task's measure may have any name, with characters that are special in patterns too", () => {
  const measured = (name: string) =>
    essentialPanels([
      { step: 1, "training/global_step": 1, "reward/mean": 1, [`reward/${name}`]: 1, "reward/std": 0 },
    ])[1];
  for (const name of ["EX", "found (k=5)", "F1*", "Hits@20"]) assert.equal(measured(name), [`reward/${name}`]);
});

test("a step without a scored answer has no measure, and other runs show their own columns", () => {
  assert.equal(essentialPanels([{ step: 1, "training/global_step": 1, "reward/mean": -1, "reward/std": 0 }]), [
    ["reward/mean"],
    ["reward/std"],
  ]);
  assert.equal(
    metricNames(
      essentialColumns([
        { step: 1, "train/loss": 2, "train/grad_norm": 1, "train/lr": 0.001, "perf/total_num_tokens": 5 },
      ]),
    ).slice(0, 3),
    ["loss", "gradient norm", "learning rate"],
  );
});

test("shares are per cent, and 0 and 100 are exact", () => {
  assert.equal([0, 0.004, 0.125, 0.87, 0.997, 1].map(shareText), ["0 %", "< 1 %", "13 %", "87 %", "> 99 %", "100 %"]);
  assert.is(metricText("reward/format_error_ratio", 0.125), "13 %");
  assert.is(metricText("reward/mean", 0.125), "0.125");
  assert.is(
    summary([step, { ...step, step: 2, "reward/mean": 2 }]),
    "2 steps: reward 0.5 → 2, nDCG@10 0.25 → 0.25, KL 0.01 → 0.01, length 40 → 40, malformed 13 % → 13 %, " +
      "cut 0 % → 0 %, spread 1.5 → 1.5",
  );
});

test("an evaluation stands at the mean of the system that answers now", () => {
  const result = (system: string, recall: number, malformed?: boolean) => ({
    system,
    qid: "1",
    query: "",
    measures: { "R@50": recall },
    ...(malformed && { malformed }),
  });
  assert.equal(standing([result("a", 1), result("b", 0.5), result("b", 0, true)]), {
    system: "b",
    "R@50": 0.25,
    malformed: 0.5,
  });
  assert.is(standing([step]), undefined);
  assert.is(standing([]), undefined);
});

test("a trend is the move of the means of the ends, in standard errors", () => {
  // of 1…20: 1…10 has mean 5.5, 11…20 has 15.5; variance of ten in a row is 110/12 = 9.1667;
  // 10 / √(2·9.1667/10) = 7.3855
  const { first, last, z } = trend(Array.from({ length: 20 }, (_, i) => i + 1))!;
  assert.equal([first, last, z.toFixed(4)], [5.5, 15.5, "7.3855"]);
  assert.is(trend(Array(20).fill(0.1))!.z, 0);
  assert.is(trend([1, 2, 3]), undefined);
});

test.run();

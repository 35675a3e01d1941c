import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Score } from "../../../lib/core/records";
import { averaged, estimateMetrics, lengthMetrics, rewardMetrics } from "../../../lib/training/loop/step-metrics";
import { familyOf } from "../../../lib/rewards/families";
import { familyComponents } from "../../../lib/tasks/components";
import type { Rollout } from "../../../lib/training/loop/rollout";
import { close } from "../../fixtures";

const rollout = (score: Score, tokens = 3, finished = true): Rollout => ({
  problem: { id: "p", query: "q", judgments: {} },
  score,
  prompt: [1, 2],
  response: Array<number>(tokens).fill(5),
  group: 0,
  completion: { text: "", tokens: Array<number>(tokens).fill(5), logps: [], finished },
});
const scored = (reward: number, recall: number, warnings: string[] = []): Score => ({
  kind: "scored",
  reward,
  query: "q",
  measures: { "R@50": recall },
  warnings,
});
const malformed: Score = { kind: "malformed", reward: -4, why: "no tags" };

test("a malformed response counts as a reward, as an error, and as 0 in every measure", () => {
  const metrics = rewardMetrics({}, [scored(6, 0.8), malformed]);
  assert.equal(
    [metrics["reward/mean"], metrics["reward/R@50"], metrics["reward/format_error_ratio"], metrics["reward/n_scored"]],
    [1, 0.4, 0.5, 2],
  );
});

test("a task that pays for recall has the shares at its tiers logged", () => {
  const task = { components: familyComponents(familyOf("pubmed"), 50) };
  const metrics = rewardMetrics(
    task,
    (
      [
        [6, 0.7],
        [5, 0.5],
        [2, 0.3],
        [-2.5, 0],
      ] as const
    ).map(([reward, recall]) => scored(reward, recall)),
  );
  assert.equal(
    ["70", "50", "40", "30", "10", "5"].map((percent) => metrics[`reward/${percent}_recall_ratio`]),
    [0.25, 0.5, 0.5, 0.75, 0.75, 0.75],
  );
  assert.is(metrics["reward/wrong_answer_ratio"], 0.25);
});

test("a warning is counted once a response", () => {
  assert.is(rewardMetrics({}, [scored(1, 0, ["a", "b"]), scored(1, 0)])["reward/warning_ratio"], 0.5);
});

test("scores are before the penalty, rewards after it and a sequence's sum; padding counts nowhere", () => {
  const rows = [
    [1, 2, 99],
    [3, 4, 5],
  ];
  const metrics = estimateMetrics([7, 9], { rewards: rows, advantages: rows, returns: rows, values: rows }, [
    [1, 1, 0],
    [1, 1, 1],
  ]);
  assert.equal(
    [metrics["critic/score/mean"], metrics["critic/rewards/mean"], metrics["critic/rewards/min"]],
    [8, 7.5, 3],
  ); // 1+2 and 3+4+5
  assert.equal([metrics["critic/values/mean"], metrics["critic/values/max"]], [3, 5]);
});

test("lengths are in tokens, and what was cut at the limit is a share", () => {
  const metrics = lengthMetrics([rollout(malformed, 2), rollout(malformed, 6, false)]);
  assert.equal(
    [metrics["response_length/mean"], metrics["response_length/clip_ratio"], metrics["prompt_length/max"]],
    [4, 0.5, 2],
  );
});

test("updates are averaged name by name; without one there is nothing to log", () => {
  assert.equal(
    averaged([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]),
    { a: 2, b: 3 },
  );
  assert.equal(averaged([]), {});
  close([averaged([{ a: 0.1 }, { a: 0.2 }, { a: 0.3 }]).a!], [0.2]);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Task } from "../../lib/core/roles";
import { readBeirQrels } from "../../lib/data/datasets/beir";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { evaluate } from "../../lib/evaluation/evaluate";
import type { Metric } from "../../lib/metrics/metric";
import { ndcgAt } from "../../lib/metrics/ndcg";
import { successAt } from "../../lib/metrics/success";
import { beir } from "../../lib/tasks/beir";
import { evidence } from "../../lib/tasks/evidence";
import { sharedFile } from "../fixtures";

/** The mean of a metric over questions as they are typed, to four places. */
async function typed(task: Task, metric: Metric): Promise<string> {
  let sum = 0;
  for await (const { measures } of evaluate(task, [originalQuery], { metrics: [metric] }))
    sum += measures[metric.name]!;
  return (sum / task.problems.length).toFixed(4);
}

const scifact = sharedFile("data/ir/scifact");
if (scifact) {
  test("SciFact: nDCG@10 of BM25 is Anserini's 0.6789; the published rows are 300 own prompts", async () => {
    const task = await beir({ folder: scifact, data: sharedFile("data/deepretrieval/scifact.test.parquet")! });
    assert.is(task.problems.length, 300);
    assert.match(task.prompt(task.problems[0]!), /step by step\. \n<think>\n$/);
    assert.is(await typed(task, ndcgAt(10)), "0.6789");
  });
}

const passages = sharedFile("data/qa/squad-passages.jsonl.gz");
if (passages) {
  test("SQuAD: of 5,940 questions with their paragraph among 1,216, BM25 answers 98 % in the first 20", async () => {
    const squad = await evidence({
      data: sharedFile("data/qa/squad11.dev.jsonl.gz")!,
      passages,
      source: "squad",
      k: 20,
    });
    const linked = new Set(Object.keys(await readBeirQrels(sharedFile("data/qa/squad11.gold-passages.tsv")!)));
    const problems = squad.problems.filter(({ id }) => linked.has(id));
    assert.is(problems.length, 5940);
    assert.is(await typed({ ...squad, problems }, successAt(20)), "0.9825");
  });
}

test.run();

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SearchEngine, SearchOptions } from "../../lib/core/roles";
import { completionAfter } from "../../lib/prompts/templates";
import { ctgov } from "../../lib/tasks/ctgov";
import { sharedFile, temporaryFolder } from "../fixtures";

const asked: SearchOptions[] = [];
const engine: SearchEngine = {
  name: "trials",
  search: async (query, k, options = {}) => (
    asked.push(options),
    {
      hits: query
        .split(" ")
        .slice(0, k)
        .map((docId) => ({ docId, score: 1 })),
      total: 1,
      warnings: [],
    }
  ),
};
const file = join(temporaryFolder(), "reviews.jsonl");
writeFileSync(
  file,
  `${JSON.stringify({
    id: "r1",
    pico: { P: "asthma", I: "a", C: "b", O: "c" },
    trial_nctids: ["NCT1", "NCT2"],
    pub_date: "2012/05/16",
  })}\n`,
);

test("raw reviews: recall of the trials included; no date limit unless asked for", async () => {
  const task = await ctgov({ data: file, engine });
  const score = await task.score(task.problems[0]!, completionAfter(task.prompt(task.problems[0]!), "NCT1 NCT9"));
  // half of the trials: 4, and 1 for the form
  assert.equal(score, { kind: "scored", reward: 5, query: "NCT1 NCT9", measures: { "R@3000": 0.5 } });
  await (await ctgov({ data: file, engine, dates: true })).search({ ...task.problems[0]!, maxDate: "2012/05/16" }, "x");
  assert.equal(
    asked.map(({ maxDate }) => maxDate),
    [undefined, "2012/05/16"],
  );
  assert.match(task.prompt(task.problems[0]!), /ClinicalTrials\.gov.*P: asthma\nI: a/s);
});

const published = sharedFile("data/deepretrieval/ctgov.test_full.parquet");
if (published) {
  test("the published questions with their own prompts", async () => {
    const task = await ctgov({ data: published, engine, limit: 10 });
    assert.is(task.problems.length, 10);
    assert.match(task.prompt(task.problems[0]!), /step by step\. \n<think>\n$/);
    const [first] = task.problems;
    assert.is(
      (await task.score(first!, completionAfter(task.prompt(first!), Object.keys(first!.judgments).join(" ")))).reward,
      6,
    );
  });
}

test.run();

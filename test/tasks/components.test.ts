import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../lib/core/records";
import { componentMeans, shareComponent } from "../../lib/core/reward-components";
import type { Task } from "../../lib/core/roles";
import { spanOf } from "../../lib/metrics/answer-span";
import { completionAfter } from "../../lib/prompts/templates";
import { familyOf } from "../../lib/rewards/families";
import { pubmed } from "../../lib/tasks/pubmed";
import { task } from "../../lib/tasks/task";

const shelf = {
  name: "shelf",
  search: async (query: string, k: number) => ({
    hits: query
      .split(" ")
      .slice(0, k)
      .map((docId) => ({ docId, score: 1 })),
    total: 2,
    warnings: query === "odd" ? ["odd"] : [],
  }),
};

/** The means of what the task declares over what `completions` earn for its first problem. */
async function curves(of: Task, completions: readonly string[]): Promise<Record<string, number>> {
  const scores = [];
  for (const completion of completions) scores.push(await of.score(of.problems[0]!, completion));
  return componentMeans(of.components!, scores);
}
const say = (query: string, key: "query" | "sql" = "query") => completionAfter("<think>", query, { key });

test("PubMed has the names of DeepRetrieval's trainer, in its order", async () => {
  assert.equal(Object.keys((await pubmed({ split: "test" })).components!), [
    "R@50",
    "70_recall_ratio",
    "50_recall_ratio",
    "40_recall_ratio",
    "30_recall_ratio",
    "10_recall_ratio",
    "5_recall_ratio",
    "format_error_ratio",
    "wrong_answer_ratio",
    "warning_ratio",
  ]);
});

test(
  "recall: the share of completions at each tier, of those without a query and of those that find " + "nothing",
  async () => {
    const problem: Problem = { id: "1", query: "q", judgments: { a: 1, b: 1, c: 1, d: 1, e: 1 } };
    const own = task({
      name: "ctgov",
      family: familyOf("ctgov"),
      problems: [problem],
      prompt: () => "<think>",
      engine: shelf,
    });
    // recalls 4/5, 2/5, 0 and none
    assert.equal(await curves(own, [say("a b c d"), say("a b"), say("odd"), "no tags"]), {
      "R@3000": (0.8 + 0.4 + 0 + 0) / 4,
      "70_recall_ratio": 0.25,
      "50_recall_ratio": 0.25,
      "40_recall_ratio": 0.5,
      "30_recall_ratio": 0.5,
      "10_recall_ratio": 0.5,
      "5_recall_ratio": 0.5,
      format_error_ratio: 0.25,
      wrong_answer_ratio: 0.25,
      warning_ratio: 0.25,
    });
  },
);

test("open questions: success at the ranks that papers print, and the reciprocal rank", async () => {
  const own = task({
    name: "nq",
    family: familyOf("nq_serini"),
    problems: [{ id: "1", query: "who?", judgments: {}, answers: ["ada"] }],
    prompt: () => "<think>",
    engine: shelf,
    spans: spanOf,
    k: 20,
  });
  assert.equal(await curves(own, [say("ada"), say("bob ada"), say("bob"), "no tags"]), {
    "Success@1": 0.25,
    "Success@5": 0.5,
    "Success@20": 0.5,
    "RR@20": (1 + 1 / 2) / 4,
    format_error_ratio: 0.25,
    wrong_answer_ratio: 0.25,
    warning_ratio: 0,
  });
});

test("questions to databases: executed and equal to the gold rows", async () => {
  const own = task({
    name: "spider",
    family: familyOf("spider"),
    problems: [{ id: "1", query: "?", judgments: {}, sql: { database: "x", gold: "SELECT 1", schema: "" } }],
    prompt: () => "<think>",
    databases: () => ({
      name: "x",
      execute: async (sql) =>
        sql === "SELECT x"
          ? { kind: "failed", message: "no such column: x" }
          : { kind: "rows", rows: [[sql === "SELECT 2" ? 2 : 1]] },
    }),
  });
  assert.equal(await curves(own, [say("SELECT 1", "sql"), say("SELECT 2", "sql"), say("SELECT x", "sql"), "no tags"]), {
    EX: 0.25,
    executed: 0.5,
    format_error_ratio: 0.25,
    wrong_answer_ratio: 0.5,
    warning_ratio: 0.25,
  });
});

test("a task of your own declares its metrics, and components that you name", async () => {
  const own = task({
    name: "own",
    problems: [{ id: "1", query: "q", judgments: { a: 1 } }],
    engine: shelf,
    prompt: () => "<think>",
    metrics: [{ name: "matches", measure: (_hits, _judgments, { total }) => total }],
    components: {
      long_ratio: shareComponent(
        "Share of long queries.",
        (score) => score.kind === "scored" && score.query.length > 3,
      ),
    },
  });
  assert.equal(await curves(own, [say("a"), say("a b c"), "no tags", "no tags"]), {
    matches: 1,
    format_error_ratio: 0.5,
    warning_ratio: 0,
    long_ratio: 0.25,
  });
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { SearchEngine } from "../../lib/core/roles";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { evaluate } from "../../lib/evaluation/evaluate";
import { recall } from "../../lib/metrics/recall";
import { successAt } from "../../lib/metrics/success";
import { completionAfter } from "../../lib/prompts/templates";
import { task } from "../../lib/tasks/task";

const shelf: SearchEngine = {
  name: "shelf",
  search: async (query, k) => ({
    hits: ["p1", "p2", "p3"]
      .filter((id) => query.includes(id))
      .slice(0, k)
      .map((docId) => ({ docId, score: 1 })),
    total: 3,
    warnings: [],
  }),
};
const problems = [
  { id: "1", query: "warm shoes p2", judgments: { p1: 1, p3: 1 } },
  { id: "2", query: "p1", judgments: { p1: 1 } },
];
const mine = task({
  name: "products",
  problems,
  engine: shelf,
  score: ({ hits, judgments }) => recall(hits, judgments, 20),
});
const say = (query: string, own = mine) => completionAfter(own.prompt(problems[0]!), query);

test("a task of your own: name, problems, engine, score", async () => {
  // p1 is one of two relevant products: recall 1/2; nDCG@10 = 1 / (1 + 1/log2(3)) = 0.6131…
  const score = await mine.score(problems[0]!, say("p1"));
  assert.equal(score, {
    kind: "scored",
    reward: 0.5,
    query: "p1",
    measures: { "nDCG@10": 1 / (1 + 1 / Math.log2(3)), "R@100": 0.5 },
  });
});

test("a turn without a query earns less than any query and is not searched", async () => {
  const silent = task({
    name: "none",
    problems,
    engine: { name: "none", search: () => Promise.reject(new Error("searched")) },
  });
  const score = await silent.score(problems[0]!, "I would look for shoes");
  assert.equal([score.kind, score.reward], ["malformed", -1]);
});

test("an engine that is down is thrown, not scored", async () => {
  const down = task({
    name: "down",
    problems,
    engine: { name: "x", search: () => Promise.reject(new SearchUnavailable("x", "HTTP 503", "Wait")) },
  });
  await down.score(problems[0]!, say("p1", down)).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, "SearchUnavailable"),
  );
});

test("prompts without reasoning open the answer, and so does a prompt of your own", async () => {
  const brief = task({ name: "brief", problems, engine: shelf, prompt: { reasoning: false } });
  assert.match(brief.prompt(problems[0]!), /<answer>$/);
  assert.is((await brief.score(problems[0]!, '{"query": "p1 p3"}</answer>')).reward, 1);
  const own = task({ name: "own", problems, engine: shelf, prompt: ({ query }) => `Q: ${query}\n<think>` });
  assert.is((await own.score(problems[0]!, 'hm</think><answer>{"query": "p1 p3"}</answer>')).reward, 1);
});

test("a score that is no number, a repeated id and an empty task are refused", async () => {
  const odd = task({ name: "odd", problems, engine: shelf, score: () => NaN });
  await odd.score(problems[0]!, say("p1", odd)).then(
    () => assert.unreachable(),
    (error: Error) =>
      assert.match(error.message, /the score of problem 1 for the query "p1" is NaN; it must be a finite number/),
  );
  assert.throws(
    () => task({ name: "twice", problems: [problems[0]!, problems[0]!], engine: shelf }),
    /two problems have the id "1"/,
  );
  assert.throws(() => task({ name: "empty", problems: [], engine: shelf }), /no problems/);
});

test("an evaluation counts what the search itself judged", async () => {
  const judged = task({
    name: "judged",
    problems,
    engine: { ...shelf, search: async (query, k) => ({ ...(await shelf.search(query, k)), judgments: { p2: 1 } }) },
  });
  const results = [];
  for await (const result of evaluate(judged, [originalQuery], { metrics: [successAt(1)] }))
    results.push(result.measures["Success@1"]);
  assert.equal(results, [1, 0]); // "warm shoes p2" finds p2; "p1" does not
});

test.run();

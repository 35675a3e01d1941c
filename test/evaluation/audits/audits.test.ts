import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Task } from "../../../lib/core/roles";
import { controls } from "../../../lib/evaluation/audits/controls";
import { drift } from "../../../lib/evaluation/audits/drift";
import { injectionAudit } from "../../../lib/evaluation/audits/injection";
import { seenInTraining } from "../../../lib/evaluation/audits/seen";
import { withoutAnswers } from "../../../lib/evaluation/audits/spans-in-query";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";

const problem = (query: string, answers: string[], judgments: Record<string, number> = {}) => ({
  id: "q",
  query,
  answers,
  judgments,
});

test("an answer that the question does not contain is taken out of the query", () => {
  const who = problem("who found radium", ["Marie Curie", "Curie"]);
  assert.equal(withoutAnswers('(radium OR "marie  curie") AND discovery', who), {
    answers: ["Marie Curie"],
    cleaned: "(radium) AND discovery",
  });
  assert.equal(withoutAnswers("Marie Curie", who), { answers: ["Marie Curie"], cleaned: "" });
  assert.equal(withoutAnswers("radium discoverer", who).answers, []);
  assert.equal(withoutAnswers("curies of radium", who).answers, []); // "Curie" is no token of it
  assert.equal(
    withoutAnswers("what did Marie Curie find", problem("what did Marie Curie find", ["Marie Curie"])).answers,
    [],
  );
  assert.equal(withoutAnswers("BEYONCE\u0301 singer", problem("who sang", ["Beyoncé"])), {
    answers: ["Beyoncé"],
    cleaned: "singer",
  });
  assert.equal(withoutAnswers("C++ language", problem("which language", ["C++"])).cleaned, "language");
});

test("the identifier of a relevant document in a query is an injection, that of another is not", () => {
  const review = problem("aspirin for stroke", [], { "29161391": 1, "11111111": 0 });
  assert.equal(withoutAnswers("aspirin OR 29161391[uid] OR 11111111", review), {
    answers: ["29161391"],
    cleaned: "aspirin OR 11111111",
  });
});

const task: Task = {
  name: "answers",
  problems: [
    { id: "1", query: "who found radium", answers: ["Curie"], judgments: { d: 1 } },
    { id: "2", query: "which city", answers: ["Paris"], judgments: { d: 1 } },
  ],
  prompt: ({ query }) => query,
  score: () => assert.unreachable("an audit does not reward") as never,
  search: async (_, query) => ({
    hits: /Curie|Paris/.test(query) ? [{ docId: "d", score: 1 }] : [],
    total: 0,
    warnings: [],
  }),
};
const result = (system: string, qid: string, query: string, SetR: number, total = 0): Result => ({
  system,
  qid,
  query,
  measures: { SetR },
  found: { hits: 0, relevant: 0, judged: 1, total },
});

test("the audit searches again without the answer, and says what the mean would be", async () => {
  const { injections, summary } = await injectionAudit(task, [
    result("model", "1", "radium Curie", 1),
    result("model", "2", "capital", 0),
  ]);
  assert.equal(
    injections.map(({ qid, answers, cleaned, before, after }) => [qid, answers, cleaned, before, after]),
    [["1", ["Curie"], "radium", 1, 0]],
  );
  assert.equal(summary, [{ system: "model", queries: 2, injected: 1, share: 0.5, before: 0.5, after: 0 }]);
  const error = await injectionAudit(task, [result("model", "9", "x", 1)]).catch((error: Error) => error);
  assert.match((error as Error).message, /answered problem 9, which answers does not have/);
});

test("controls have the words or the length of a system's queries", async () => {
  const own = [result("model", "1", '(radium[tiab] OR "Marie Curie") AND physics', 1), result("model", "2", "", 0)];
  const [list, bare, padded] = controls(own, "model");
  assert.equal([...(await list!.rewrite(task.problems))], ["radium OR marie OR curie OR physics", ""]);
  assert.equal([...(await bare!.rewrite(task.problems))], ["radium marie curie physics", ""]);
  // no other question's words to pad with
  assert.equal([...(await padded!.rewrite(task.problems))], ["who OR found OR radium", ""]);
  const more = [...own.slice(0, 1), result("model", "2", "city of light", 0)];
  const text = (await controls(more, "model")[2]!.rewrite(task.problems))[0]!.split(" OR ");
  assert.is(text.length, 4); // as many as the query's: radium, marie, curie, physics
  assert.ok(["city", "of", "light"].includes(text[3]!));
  assert.throws(() => controls(own, "x"), /no system is called "x"/);
});

test("controls are systems like others", async () => {
  const results: Result[] = [];
  for await (const each of evaluate(
    task,
    controls([result("model", "1", "a AND b", 1), result("model", "2", "c", 1)], "model"),
  ))
    results.push(each);
  assert.is(results.length, 6);
});

test("drift pairs the same queries, the largest change first", () => {
  const before = [
    result("typed", "1", "a", 1, 100),
    result("typed", "2", "b", 0.5, 0),
    result("typed", "3", "c", 1, 1),
  ];
  const after = [
    result("typed", "1", "a", 0.9, 150),
    result("typed", "2", "b", 0.5, 0),
    result("typed", "3", "other", 1, 1),
  ];
  const rows = drift(before, after);
  assert.equal(
    rows.map(({ qid, growth }) => [qid, growth]),
    [
      ["1", 0.5],
      ["2", 0],
    ],
  );
  assert.ok(Math.abs(rows[0]!.change - -0.1) < 1e-12);
  assert.throws(() => drift(before, [result("x", "1", "a", 1)]), /no query in common/);
});

test("questions of the training data are told apart whatever their punctuation", () => {
  const training = [{ id: "t", query: "Who found  radium?", judgments: {} }];
  assert.equal(seenInTraining([result("model", "1", "x", 1), result("model", "2", "y", 0)], task.problems, training), [
    { system: "model", queries: 2, seen: 1, all: 0.5, unseen: 0, seenOnly: 1 },
  ]);
});

test.run();

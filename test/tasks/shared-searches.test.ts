import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { Problem } from "../../lib/core/records";
import type { SearchEngine, SqlDatabase, SqlResult } from "../../lib/core/roles";
import { formatAnswer } from "../../lib/prompts/answer";
import { completionAfter } from "../../lib/prompts/templates";
import { familyOf } from "../../lib/rewards/families";
import { scoreCompletion } from "../../lib/rewards/score";
import { task } from "../../lib/tasks/task";

const soon = () => new Promise((resolve) => setTimeout(resolve, 2));
const problems: readonly Problem[] = [
  { id: "1", query: "boots", judgments: { a: 1 } },
  { id: "2", query: "shoes", judgments: { b: 1 } },
];
const group = [0, 1, 2, 3, 4, 5, 6, 7];

/** Counts the searches; finds the document that the query names. */
function counting(): { engine: SearchEngine; asked: string[] } {
  const asked: string[] = [];
  const search: SearchEngine["search"] = async (query, _, { maxDate } = {}) => {
    asked.push(maxDate ? `${query} until ${maxDate}` : query);
    await soon();
    return { hits: [{ docId: query, score: 1 }], total: 1, warnings: [] };
  };
  return { engine: { name: "counting", search }, asked };
}

test(
  "equal queries of a group cost one search, at the same time or one after the other, whatever was " + "thought",
  async () => {
    const { engine, asked } = counting();
    for (const own of [
      task({ name: "own", problems, engine }),
      task({ name: "pubmed", problems, engine, family: familyOf("pubmed"), prompt: () => "<think>" }),
    ]) {
      asked.length = 0;
      const say = (query: string, i: number) =>
        own.score(problems[0]!, completionAfter(own.prompt(problems[0]!), query, { thought: `thought ${i}` }));
      const together = await Promise.all(group.map((i) => say(i < 6 ? "a" : "b", i)));
      const later = await say("a", 9);
      assert.equal(asked, ["a", "b"]);
      assert.equal(
        [...together, later].map(({ reward }) => reward > 0),
        [true, true, true, true, true, true, false, false, true],
      );
    }
  },
);

test(
  "the same query of a problem with another date limit is another search, and of another problem another " + "reward",
  async () => {
    const { engine, asked } = counting();
    const dated = [
      problems[0]!,
      { ...problems[1]!, maxDate: "2001/01/01" },
      { ...problems[0]!, id: "3", judgments: { c: 1 } },
    ];
    const own = task({ name: "dated", problems: dated, engine });
    const rewards = [];
    for (const problem of dated)
      rewards.push((await own.score(problem, completionAfter(own.prompt(problem), "a"))).reward);
    assert.equal(asked, ["a", "a until 2001/01/01"]);
    assert.equal(rewards, [1, 0, 0]);
  },
);

test("an engine that counts is asked once for each query and problem", async () => {
  let counted = 0;
  const { engine, asked } = counting();
  const recall: SearchEngine["recall"] = async (query, judgments) => {
    counted++;
    return { recall: judgments[query] ?? 0, found: judgments[query] ?? 0, total: 1, warnings: [] };
  };
  const own = task({
    name: "pubmed",
    problems,
    engine: { ...engine, recall },
    family: familyOf("pubmed"),
    prompt: () => "<think>",
  });
  const say = (problem: Problem) => own.score(problem, completionAfter("<think>", "a"));
  const rewards = [];
  for (const problem of [problems[0]!, problems[1]!, problems[0]!, problems[1]!])
    rewards.push((await say(problem)).reward);
  assert.equal([counted, asked, rewards], [2, [], [6, -2.5, 6, -2.5]]);
});

test("an outage is thrown to all who wait for it and is not kept", async () => {
  let asked = 0;
  const engine: SearchEngine = {
    name: "x",
    search: async () => {
      asked++;
      await soon();
      if (asked === 1) throw new SearchUnavailable("x", "HTTP 503", "Wait");
      return { hits: [{ docId: "a", score: 1 }], total: 1, warnings: [] };
    },
  };
  const own = task({ name: "down", problems, engine });
  const say = () => own.score(problems[0]!, completionAfter(own.prompt(problems[0]!), "a"));
  const first = await Promise.allSettled(group.map(say));
  assert.equal(
    first.map((each) => (each.status === "rejected" ? (each.reason as Error).name : "scored")),
    group.map(() => "SearchUnavailable"),
  );
  assert.is((await say()).reward, 1);
  assert.is(asked, 2);
});

test("who aborts stops waiting, and the others still get their reward", async () => {
  const { engine } = counting();
  const own = task({ name: "stop", problems, engine });
  const stop = new AbortController();
  const completion = completionAfter(own.prompt(problems[0]!), "a");
  const aborted = own.score(problems[0]!, completion, { signal: stop.signal });
  const waiting = own.score(problems[0]!, completion, { signal: new AbortController().signal });
  stop.abort();
  assert.is(
    await aborted.then(
      () => "scored",
      (error: Error) => error.name,
    ),
    "Interrupted",
  );
  assert.is((await waiting).reward, 1);
});

/** A database that counts its statements. */
function database(name: string, results: Readonly<Record<string, SqlResult>> = {}): SqlDatabase & { ran: string[] } {
  const ran: string[] = [];
  return {
    name,
    ran,
    execute: async (sql) => {
      ran.push(sql);
      await soon();
      return results[sql] ?? { kind: "rows", rows: [[sql.length]] };
    },
  };
}

const sqlProblem = (id: string, name: string): Problem => ({
  id,
  query: "how many?",
  judgments: {},
  sql: { database: name, gold: "SELECT 1", schema: "" },
});

test("a gold query runs once on each database, and equal queries run once", async () => {
  const databases: Record<string, ReturnType<typeof database>> = { x: database("x"), y: database("y") };
  const questions = [sqlProblem("1", "x"), sqlProblem("2", "x"), sqlProblem("3", "y")];
  const spider = task({
    name: "spider",
    family: familyOf("spider"),
    problems: questions,
    prompt: () => "<think>",
    databases: (name) => databases[name]!,
  });
  for (let step = 0; step < 2; step++)
    for (const question of questions)
      await Promise.all(
        group.map((i) => spider.score(question, completionAfter("<think>", `SELECT ${i % 2}`, { key: "sql" }))),
      );
  const gold = (name: string) => databases[name]!.ran.filter((sql) => sql === "SELECT 1").length;
  assert.equal([gold("x"), gold("y")], [1, 1]);
  assert.equal([databases["x"]!.ran.length, databases["y"]!.ran.length], [2, 2]); // and SELECT 0
});

test("a gold query is run once for scoreCompletion as well, unless it ran out of time", async () => {
  for (const [result, runs] of [
    [{ kind: "rows", rows: [[1]] }, 1],
    [{ kind: "timeout", seconds: 1 }, 3],
  ] as const) {
    const own = database("z", { "SELECT 1": result });
    for (let i = 0; i < 3; i++)
      await scoreCompletion({
        family: familyOf("spider"),
        problem: sqlProblem("1", "z"),
        turn: formatAnswer(`SELECT 0${i}`, "…", "sql"),
        database: own,
      });
    assert.is(own.ran.filter((sql) => sql === "SELECT 1").length, runs);
  }
});

test.run();

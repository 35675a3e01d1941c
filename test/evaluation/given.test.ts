import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem, SearchResult } from "../../lib/core/records";
import type { Rewriter, Task, TaskMetric } from "../../lib/core/roles";
import { evaluate, type EvaluateOptions, type Result } from "../../lib/evaluation/evaluate";
import { perQuery, summary } from "../../lib/evaluation/frames/frames";
import { temporaryFolder } from "../fixtures";

/** What evaluate makes of bad tasks, systems, metrics and folders: an error in words before anything is asked. */

const problems: Problem[] = ["ab", "cd"].map((query, i) => ({ id: `q${i}`, query, judgments: { a: 1, c: 1 } }));
const task = (over: object = {}): Task => ({
  name: "letters",
  problems,
  prompt: ({ query }) => query,
  score: () => assert.unreachable("evaluation does not reward") as never,
  search: async (_, query) => ({ hits: [...query].map((docId) => ({ docId, score: 1 })), total: 2, warnings: [] }),
  ...over,
});
const typed: Rewriter = { name: "typed", rewrite: async (some) => some.map(({ query }) => query) };

async function run(given: unknown, systems: unknown = [typed], options: EvaluateOptions = {}): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(given as Task, systems as Rewriter[], options)) results.push(result);
  return results;
}
const refused = async (why: RegExp, ...given: Parameters<typeof run>): Promise<void> => {
  const error = await run(...given).catch((error: Error) => error);
  assert.match(String(error), why);
};
const metric = (over: object): TaskMetric => ({ name: "m", measure: () => 1, ...over }) as TaskMetric;
const searching = (result: unknown) => task({ search: async () => result as SearchResult });

test("a task without a name, problems or a search is told so", async () => {
  await refused(/TypeError: .*the first argument is null, a task without a name/, null);
  await refused(/a task without a list of problems/, { name: "x" });
  await refused(/a task without a search/, task({ search: undefined }));
});

test("a problem without an id, a question or judgments is named by its place", async () => {
  await refused(/problem 1 of letters has no id/, task({ problems: [problems[0], { query: "x", judgments: {} }] }));
  await refused(/problem 0 of letters has no query/, task({ problems: [{ id: "1", judgments: {} }] }));
  await refused(/problem 0 of letters has no judgments/, task({ problems: [{ id: "1", query: "x" }] }));
});

test("one id for two questions is refused; the same question twice is data", async () => {
  const twice = [...problems, { ...problems[0], query: "zz" }];
  await refused(/two problems of letters have the id "q0": "ab" and "zz"/, task({ problems: twice }));
  assert.is((await run(task({ problems: [...problems, problems[0]] }))).length, 3);
});

test("systems: one in place of a list, and one without a name", async () => {
  await refused(/one system is given in place of a list/, task(), typed);
  await refused(/system 0 has "" as its name/, task(), [{ ...typed, name: "" }]);
});

test("metrics: texts, no measure, no name, and the names of columns", async () => {
  await refused(/metric 0 is "R@10"/, task(), [typed], { metrics: ["R@10"] as never });
  await refused(/metric 0 is \{"name":"m"\}/, task(), [typed], { metrics: [metric({ measure: undefined })] });
  await refused(/metric 0 is \{"name":""\}/, task(), [typed], { metrics: [metric({ name: "" })] });
  for (const name of ["queries", "query", "failed", "malformed", "system"])
    await refused(new RegExp(`a metric is called "${name}"`), task(), [typed], { metrics: [metric({ name })] });
  for (const value of [NaN, Infinity, undefined, null, "1"])
    await refused(/m of problem q0 is .*; it must be a finite number/, task(), [typed], {
      metrics: [metric({ measure: () => value })],
    });
});

test("no column that a frame has of its own is a name that a metric may have", async () => {
  const results = await run(task());
  for (const column of [...summary(results).columns, ...perQuery(results).columns] as string[])
    if (!column.startsWith("SetR"))
      await refused(/which is a column/, task(), [typed], { metrics: [metric({ name: column })] });
});

test("a folder that is a file is refused", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  await refused(/folder is .*file, which is a file/, task(), [typed], { folder: file });
});

test("a folder with results of another task or of another program is refused before anything is asked", async () => {
  const folder = temporaryFolder();
  await run(task(), [typed], { folder });
  const kept = readFileSync(join(folder, "results.jsonl"), "utf8");
  const never = () => assert.unreachable("it was searched");
  await refused(
    /holds an evaluation of letters, and this is one of words.*would be overwritten/,
    task({ name: "words", search: never }),
    [typed],
    { folder },
  );
  assert.is(readFileSync(join(folder, "results.jsonl"), "utf8"), kept);
  assert.is((await run(task(), [typed], { folder, limit: 1, seed: 3 })).length, 1); // another sample of the same task

  const others = temporaryFolder();
  writeFileSync(join(others, "results.jsonl"), "mine\n");
  await refused(/results\.jsonl is there, but no journal or run card/, task({ search: never }), [typed], {
    folder: others,
  });
  assert.is(readFileSync(join(others, "results.jsonl"), "utf8"), "mine\n");
});

test("an evaluation of which every question failed goes on in its folder; so does one whose card was cut", async () => {
  const folder = temporaryFolder();
  const down = task({ search: async () => Promise.reject(new Error("HTTP 500")) });
  assert.is((await run(down, [typed], { folder })).filter(({ failure }) => failure).length, 2);
  assert.is((await run(task(), [typed], { folder })).filter(({ failure }) => failure).length, 0);
  const card = join(folder, "run-card.json");
  writeFileSync(card, readFileSync(card, "utf8").slice(0, 200));
  assert.is((await run(task(), [typed], { folder })).length, 2);
  assert.is((JSON.parse(readFileSync(card, "utf8")) as { status: string }).status, "complete");
});

test("a search that gives no result is an error, or a kept failure, and never nothing found", async () => {
  for (const result of [undefined, null, { total: 1, warnings: [] }, { hits: 5, warnings: [] }]) {
    await refused(/TypeError: .*the search of letters gave/, searching(result));
    const [kept] = await run(searching(result), [typed], { failures: "keep", limit: 1 });
    assert.equal([kept!.failure!.stage, kept!.measures], ["searching", {}]);
  }
});

test("a document that comes twice counts once among what was found", async () => {
  const hits = ["a", "a", "b"].map((docId) => ({ docId, score: 1 }));
  const [result] = await run(searching({ hits, total: 3, warnings: [] }), [typed], { limit: 1 });
  assert.equal(result!.found, { hits: 3, relevant: 1, judged: 2, total: 3 });
});

test("a system that gives no list, or something else than texts, is named", async () => {
  const giving = (queries: unknown): Rewriter => ({ name: "odd", rewrite: async () => queries as string[] });
  await refused(/odd gave undefined for 2 problems/, task(), [giving(undefined)]);
  await refused(/odd gave "ab" for 2 problems/, task(), [giving("ab")]);
  await refused(/odd gave null as the query of problem q1/, task(), [giving(["a", null])]);
});

test("an abort ends an evaluation whose search or system never answers", async () => {
  const never = () => new Promise<never>(() => undefined);
  for (const [given, systems] of [
    [task({ search: never }), [typed]],
    [task(), [{ name: "silent", rewrite: never }]],
  ] as const) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    await refused(/Interrupted/, given, systems, { signal: abort.signal, failures: "keep" });
  }
});

test("questions and names in any script keep their results apart, also from the journal", async () => {
  const folder = temporaryFolder();
  const odd = ["日本語 🩺", "مرحبا", "a\u2028b", "\ud800 lone", "tab\tline\n"];
  const given = task({ problems: odd.map((query, i) => ({ id: `ü${i}"`, query, judgments: { 語: 1 } })) });
  let asked = 0;
  const system: Rewriter = {
    name: "système 🧪|\n",
    rewrite: async (some) => some.map(({ query }) => (asked++, query)),
  };
  const first = await run(given, [system], { folder });
  assert.equal(await run(given, [system], { folder }), first);
  assert.is(asked, odd.length);
  assert.equal(
    first.map(({ query, measures }) => [query, measures["SetR"]]),
    odd.map((query, i) => [query, i === 0 ? 1 : 0]),
  );
});

test.run();

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pathHere } from "../../lib/cli/command/options";
import {
  bm25,
  buildIndex,
  readBeir,
  readBibliography,
  readCorpus,
  readDataset,
  readPassages,
  readPublications,
  readQrels,
  readQuestions,
  readReviews,
  readRun,
  readSqlQuestions,
  readTable,
  readTopics,
  readWikiSql,
  snapshot,
  sqlite,
  writeRows,
  writeRun,
} from "../../lib/index";
import { projectPath } from "../../lib/data/paths";
import { temporaryFolder } from "../fixtures";
import { unexpected } from "../unexpected";

/** One rule: in code a relative path starts at the project's root, here from a working folder below it. */
const root = temporaryFolder();
const [here, before] = [join(root, "notebooks/deep"), process.cwd()];

test.before(() => {
  const write = (name: string, ...lines: readonly (string | object)[]): void => {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(
      join(root, name),
      lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
    );
  };
  mkdirSync(here, { recursive: true });
  write("package.json", {});
  write("data/qrels.txt", "t 0 1 1");
  write("data/run.txt", "t Q0 1 1 2.5 x");
  write("data/topics.jsonl", { topic: "t", title: "asthma" });
  write("data/corpus.jsonl", { pmid: "1", title: "Asthma" });
  write("data/questions.jsonl", { question: "who?", answers: ["me"], id: "1" });
  write("data/passages.jsonl", { id: "1", title: "a", text: "b" });
  write("data/set/corpus.jsonl", { _id: "d", text: "warm boots" });
  write("data/set/queries.jsonl", { _id: "q", text: "boots" });
  write("data/set/qrels/test.tsv", "query-id\tcorpus-id\tscore", "q\td\t1");
  write("data/dev.json", JSON.stringify([{ question: "how many?", query: "SELECT 1", db_id: "x" }]));
  write("data/empty.sqlite");
  process.chdir(here);
});
test.after(() => process.chdir(before));

const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
};

/** Whether a function has found its file: it may refuse what it holds, naming its lines, but not that it is missing. */
const found = async (read: () => unknown): Promise<boolean> => {
  try {
    await read();
    return true;
  } catch (error) {
    if (/ENOENT|does not exist|no such|has no q/.test((error as Error).message)) throw error;
    return true;
  }
};

const readers: Readonly<Record<string, () => unknown>> = {
  readQrels: async () => assert.equal(await readQrels("data/qrels.txt"), { t: { 1: 1 } }),
  readRun: async () => assert.equal(Object.keys(await readRun("data/run.txt")), ["t"]),
  readTopics: () => readTopics("data/topics.jsonl"),
  readPublications: () => readPublications("data/corpus.jsonl"),
  readBibliography: () => readBibliography("data/corpus.jsonl"),
  readDataset: () => readDataset("data/questions.jsonl"),
  readReviews: () => readReviews("data/topics.jsonl"),
  readQuestions: () => readQuestions("data/questions.jsonl"),
  readPassages: () => readPassages("data/passages.jsonl"),
  readTable: async () => assert.is((await all(readTable("data/questions.jsonl"))).length, 1),
  readSqlQuestions: () => readSqlQuestions("data/dev.json"),
  readWikiSql: () => readWikiSql("data/questions.jsonl", "data/questions.jsonl"),
  readBeir: async () => assert.is((await readBeir("data/set")).queries.size, 1),
  readCorpus: async () => assert.is((await all(readCorpus("data/set"))).length, 1),
  sqlite: () => sqlite("data/empty.sqlite"),
};
for (const [name, read] of Object.entries(readers))
  test(`${name} reads from the project's root`, async () => assert.ok(await found(read)));

test("what is written goes there too", async () => {
  await buildIndex(readCorpus("data/set"), "indexes/set");
  const engine = await bm25("indexes/set", { threads: 0 });
  assert.is((await engine.search("boots", 1)).total, 1);
  writeRun("runs/run.txt", { t: [{ docId: "1", score: 1 }] }, "x");
  writeRows("rows", { test: [{}] });
  for (const file of ["indexes/set", "runs/run.txt", "rows/test.jsonl"]) assert.ok(existsSync(join(root, file)), file);
  await snapshot("o/r", ["x"], { cache: "hub", offline: true }).then(unexpected, (error: Error) =>
    assert.match(error.message, `in the cache ${join(root, "hub")}`),
  );
});

test("an absolute path is itself, and one of the command line starts where the shell is", () => {
  assert.is(projectPath("/x/y"), "/x/y");
  assert.is(projectPath("a/b"), join(root, "a/b"));
  assert.is(pathHere("a/b"), join(here, "a/b"));
});

test.run();

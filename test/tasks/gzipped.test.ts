import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DatabaseSync } from "@photostructure/sqlite";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTable } from "../../lib/data/files/table";
import { readQrels } from "../../lib/data/trec/qrels";
import { readRun } from "../../lib/data/trec/run";
import { cassette } from "../../lib/search/remote/cassette";
import { ctgov } from "../../lib/tasks/ctgov";
import { datasetTask } from "../../lib/tasks/dataset-task";
import { evidence } from "../../lib/tasks/evidence";
import { pubmed } from "../../lib/tasks/pubmed";
import { sql } from "../../lib/tasks/sql";
import { sharedFile, temporaryFolder } from "../fixtures";

/** Whatever reads data from a file reads the same from the file gzipped. */

const folder = temporaryFolder();
const lines = (...rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** The file `name` with this text, plain and gzipped. */
function both(name: string, text: string | Buffer): readonly [plain: string, packed: string] {
  const [plain, packed] = [join(folder, name), join(folder, `${name}.gz`)];
  writeFileSync(plain, text);
  writeFileSync(packed, gzipSync(text));
  return [plain, packed];
}

const engine = { name: "none", search: async () => ({ hits: [], total: 0, warnings: [] }) };
const spider = { question: "Who is five?", db_id: "pets", query: "SELECT name FROM pets WHERE age = 5" };
const review = { id: "r1", pico: { P: "stroke", I: "aspirin", C: "", O: "" }, trial_nctids: ["NCT00000001"] };
const row = {
  data_source: "pubmed",
  input: "aspirin",
  label: ["1"],
  pub_date: "2020/01/01",
  prompt: [{ role: "user", content: "aspirin" }],
  reward_model: { ground_truth: { target: ["1"] }, style: "rule" },
  extra_info: { index: 0, split: "test" },
};
const wikisql = { table_id: "1-1", question: "who?", sql: { sel: 0, agg: 0, conds: [] } };
const wikisqlTable = { id: "1-1", header: ["name"], types: ["text"] };
const topic = (id: string) => ({ id, title: `question ${id}` });

async function problemsOfSql(data: string, tables?: string): Promise<readonly unknown[]> {
  const task = await sql({ data, databases: join(folder, "databases"), workers: 1, ...(tables ? { tables } : {}) });
  task.dispose();
  return task.problems;
}

mkdirSync(join(folder, "databases", "pets"), { recursive: true });
const pets = new DatabaseSync(join(folder, "databases", "pets", "pets.sqlite"));
pets.exec("CREATE TABLE pets (name TEXT, age INT)");
pets.close();

const tables = both("tables.jsonl", lines(wikisqlTable));
const files = {
  corpus: both("corpus.jsonl", lines({ pmid: "1", title: "aspirin" }, { pmid: "2", title: "stroke" })),
  qrels: both("qrels.txt", [..."abcdef"].map((id) => `${id} 0 1 1\n`).join("")),
  topics: both("topics.jsonl", lines(...[..."abcdef"].map(topic))),
};
const read = async (rows: AsyncIterable<unknown>): Promise<readonly unknown[]> => {
  const all = [];
  for await (const each of rows) all.push(each);
  return all;
};

const readers: Readonly<
  Record<string, readonly [files: readonly [string, string], read: (file: string, i: 0 | 1) => Promise<unknown>]>
> = {
  "sql, dev.json of Spider": [both("spider.json", `${JSON.stringify([spider])}\n`), (file) => problemsOfSql(file)],
  "sql, a list behind a byte order mark": [
    both("marked.json", `\ufeff \n${JSON.stringify([spider])}`),
    (file) => problemsOfSql(file),
  ],
  "sql, questions and tables of WikiSQL": [
    both("wikisql.jsonl", lines(wikisql)),
    async (file, i) => {
      const databases = () => ({ name: "none", execute: async () => ({ kind: "error" as const, message: "" }) });
      const task = await sql({ data: file, tables: tables[i], databases: databases as never, workers: 1 });
      task.dispose();
      return task.problems;
    },
  ],
  "datasetTask, published rows": [
    both("rows.jsonl", lines(row)),
    async (file) => (await datasetTask(file, { engine })).problems,
  ],
  "ctgov, reviews": [
    both("reviews.jsonl", lines(review)),
    async (file) => (await ctgov({ data: file, engine })).problems,
  ],
  "evidence, questions and passages": [
    both("questions.jsonl", lines({ id: "q", question: "capital of France?", answers: ["Paris"] })),
    async (file, i) => {
      const passages = both("passages.jsonl", lines({ id: "p", text: "Paris is the capital", title: "" }));
      return (await evidence({ data: file, passages: passages[i] })).problems;
    },
  ],
  "pubmed, records, judgments and topics": [
    files.corpus,
    async (corpus, i) =>
      (await pubmed({ corpus, qrels: files.qrels[i], topics: files.topics[i], split: "train" })).problems,
  ],
  "judgments of TREC": [files.qrels, (file) => readQrels(file)],
  "a run of TREC": [both("run.txt", "a Q0 1 1 2.5 me\n"), (file) => readRun(file)],
  "a cassette": [
    both("cassette.jsonl", lines({ key: "k", url: "u", params: {}, reply: { status: 200, type: "", body: "{}" } })),
    async (file) => cassette(file, { play: true }).get("k"),
  ],
};

for (const [name, [[plain, packed], reader]] of Object.entries(readers)) {
  test(`${name}: gzipped as plain`, async () => {
    const expected = await reader(plain, 0);
    assert.ok(expected instanceof Array ? expected.length > 0 : Object.keys(expected as object).length > 0);
    assert.equal(await reader(packed, 1), expected);
  });
}

test("parquet: gzipped as plain, and a damaged stream is told", async () => {
  const file = sharedFile("data/deepretrieval/scifact.test.parquet");
  if (file === undefined) return;
  const [plain, packed] = both("scifact.parquet", readFileSync(file));
  assert.equal(await read(readTable(packed)), await read(readTable(plain)));
  const cut = join(folder, "cut.parquet.gz");
  writeFileSync(cut, readFileSync(packed).subarray(0, 5000));
  const error = await read(readTable(cut)).catch((error: Error) => error);
  assert.match(String(error), /CorruptData.*cut\.parquet\.gz: cannot be read/);
});

test("a gzipped cassette is not recorded onto, and a damaged one is told", () => {
  const [, packed] = both("played.jsonl", "");
  assert.throws(() => cassette(packed, { play: false }), /is gzipped, and a recording is continued at its end/);
  const cut = join(folder, "cut.jsonl.gz");
  writeFileSync(cut, gzipSync("x".repeat(100)).subarray(0, 15));
  assert.throws(() => cassette(cut, { play: true }), /cut\.jsonl\.gz: cannot be unpacked/);
});

test.run();

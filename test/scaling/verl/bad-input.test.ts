import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../../lib/core/records";
import { verlExport } from "../../../lib/scaling/verl/verl-export";
import { task } from "../../../lib/tasks/task";
import { temporaryFolder } from "../../fixtures";

const engine = { name: "none", search: async () => ({ hits: [], total: 0, warnings: [] }) };
const problems = (count: number) =>
  Array.from({ length: count }, (_, i): Problem => ({ id: `t${i}`, query: `question ${i}`, judgments: { p: 1 } }));
const train = task({ name: "small", problems: problems(8), engine });
const own = { version: "0.9", model: "m", batchSize: 8, miniBatch: 8, rewardUrl: "http://10.0.0.5:8000" } as const;

const exporting =
  (tasks: unknown, options: object = {}, folder = join(temporaryFolder(), "out")) =>
  () =>
    verlExport(tasks as Parameters<typeof verlExport>[0], { ...own, folder, ...options });

for (const [version, message] of [
  ["0.7.0.dev", /version is "0\.7\.0\.dev".*Supported: 0\.7, 0\.7\.0, 0\.7\.1.*Did you mean 0\.7\.0\?/],
  ["latest", /version is "latest".*Supported: 0\.7.*0\.10\.0\.$/],
  ["0.9.1.post1", /version is "0\.9\.1\.post1".*Did you mean 0\.9\.1\?/],
  ["0.6.1", /version is "0\.6\.1".*Supported: 0\.7/],
  ["1.0", /version is "1\.0".*Supported: 0\.7/],
  ["", /version is ""; it must be a text that is not empty/],
  [0.9, /version is 0\.9; it must be a text/],
] as const)
  test(`verl ${JSON.stringify(version)} is refused with the versions that there are`, () => {
    assert.throws(exporting(train, { version }), message);
  });

test('"v0.8" is 0.8', () => {
  const { arguments: words } = exporting(train, { version: "v0.8" })();
  assert.equal(words, exporting(train, { version: "0.8" }, readFolder(words))().arguments);
});

/** The folder that arguments name, so that a second export has the same paths. */
const readFolder = (words: readonly string[]): string =>
  words
    .find((word) => word.startsWith("data.train_files="))!
    .replace(/^data\.train_files=/, "")
    .replace(/\/train\.json$/, "");

test("a task without a training split is refused", () => {
  for (const [given, message] of [
    [undefined, /there is no task to train on: train is missing/],
    [{}, /train is missing.*split: "train"/s],
    [{ validation: train }, /train is missing/],
    [{ train: undefined, validation: train }, /train is missing/],
    [{ train: "pubmed" }, /train is no task/],
    [{ train, validation: "pubmed" }, /validation is no task/],
  ] as const)
    assert.throws(exporting(given), message);
});

test("a problem without a question or an id is refused with its place, and nothing is written", () => {
  for (const [change, message] of [
    [{ query: null }, /problem 3 of odd has the query null; it must be a text/],
    [{ query: undefined }, /problem 3 of odd has the query undefined/],
    [{ query: "" }, /problem 3 of odd has the query ""/],
    [{ id: 7 }, /problem 3 of odd has the id 7/],
    [{ id: null }, /problem 3 of odd has the id null/],
  ] as const) {
    const folder = join(temporaryFolder(), "out");
    const rows = problems(8).map((problem, i) => (i === 3 ? { ...problem, ...change } : problem)) as Problem[];
    assert.throws(exporting({ ...train, name: "odd", problems: rows }, {}, folder), message);
    assert.not.ok(existsSync(folder));
  }
});

test("a value that a problem may lack is left out of its row, so that all rows have one schema", () => {
  const odd = problems(8).map((problem, i) => (i % 2 ? { ...problem, maxDate: "2020/01/31" } : problem));
  const { files } = exporting({ ...train, problems: odd })();
  const rows = readFileSync(files.train, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const schema = (row: object): string =>
    JSON.stringify(row, (_, value) => (typeof value === "object" ? value : typeof value));
  assert.is(new Set(rows.map(schema)).size, 1);
});

test("files of somebody else in a folder are left as they are; an export is replaced, and the rest stays", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "train.json"), "mine");
  assert.throws(exporting(train, {}, folder), /holds train\.json and not an export\. It was left as it is/);
  assert.is(readFileSync(join(folder, "train.json"), "utf8"), "mine");
  assert.equal(readdirSync(folder), ["train.json"]);
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  assert.throws(exporting(train, {}, file), /is a file; an export needs a folder/);
  const again = join(temporaryFolder(), "again");
  exporting(train, {}, again)();
  mkdirSync(join(again, "checkpoints"));
  writeFileSync(join(again, "notes.txt"), "mine");
  exporting(train, { version: "0.8" }, again)();
  assert.ok(existsSync(join(again, "checkpoints")) && existsSync(join(again, "notes.txt")));
});

for (const name of ["a folder", "it's", 'a "quoted" one', "früh 早期 №", "a,b=c[d]{e}", "back\\slash", "#1 & $HOME"])
  test(`an export into ${JSON.stringify(name)}: its paths are whole in the arguments`, () => {
    const folder = join(temporaryFolder(), name);
    const { arguments: words, files } = exporting({ train, validation: train }, {}, folder)();
    assert.ok(existsSync(join(folder, "train.json")));
    assert.is(files.train, join(folder, "train.json"));
    const written = words.find((word) => word.startsWith("data.train_files="))!.slice("data.train_files=".length);
    // Hydra reads a quoted text: \' is a quotation mark, and backslashes are single unless a quotation mark follows
    const read = written.startsWith("'") ? written.slice(1, -1).replaceAll("\\'", "'") : written;
    assert.is(read, join(folder, "train.json"));
  });

test("a rank of adapters that vLLM cannot serve is refused, before GPUs are taken", () => {
  assert.throws(exporting(train, { algorithm: "grpo", lora: { rank: 1024 } }), /rank is 1024.*from 1 to 512.*vLLM/);
  assert.throws(exporting(train, { algorithm: "grpo", lora: { rank: 0 } }), /rank is 0/);
});

test.run();

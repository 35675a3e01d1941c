import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { prepareData } from "../../lib/cli/data/prepare";
import { readDataset } from "../../lib/data/datasets/dataset";
import { temporaryFolder } from "../fixtures";

const folder = temporaryFolder();
const lines = (name: string, ...rows: readonly object[]): string => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return join(folder, name);
};

async function run(...argv: readonly string[]): Promise<string> {
  const write = process.stdout.write;
  let out = "";
  process.stdout.write = ((piece: string) => Boolean((out += piece))) as typeof write;
  try {
    assert.is(await prepareData.run(argv), 0);
  } finally {
    process.stdout.write = write;
  }
  return out;
}

const train = lines(
  "train.jsonl",
  { question: "who?", answers: ["a"] },
  { question: "when?", answers: ["b"] },
  { question: "where?", answers: ["c"] },
);
const asked = lines("test.jsonl", { question: "Who?", answers: ["a"] });

test("rows are written, with prompts, and the report says what leaked", async () => {
  const report = JSON.parse(
    await run(
      "nq_serini",
      "--train",
      train,
      "--test",
      asked,
      "--out",
      join(folder, "out"),
      "--validation",
      "1",
      "--json",
    ),
  );
  assert.equal([report.leaking, report.sizes], [1, { train: 1, validation: 1, test: 1 }]);
  assert.equal(
    report.leaks.map((leak: { splits: string }) => leak.splits),
    ["train / test"],
  );
  const rows = await readDataset(join(folder, "out", "train.jsonl"));
  assert.match(rows[0]!.prompt!, /Question: whe(n|re)\?.*<think>$/s);
});

test("published prompts are used for new questions", async () => {
  const row = (input: string) => ({
    data_source: "nq_serini",
    input,
    label: ["x"],
    prompt: `Find: ${input}\n<think>\n`,
  });
  const prompts = lines("published.jsonl", row("one"), row("two"));
  const out = await run("nq_serini", "--test", asked, "--prompts", prompts, "--out", join(folder, "own"));
  assert.match(out, /train 0, validation 0, test 1/);
  assert.is((await readDataset(join(folder, "own", "test.jsonl")))[0]!.prompt, "Find: Who?\n<think>\n");
});

test("a BEIR folder gives its splits", async () => {
  lines("scifact/queries.jsonl", { _id: "1", text: "claim" }, { _id: "2", text: "other" });
  lines("scifact/corpus.jsonl", { _id: "d", title: "", text: "x" });
  mkdirSync(join(folder, "scifact/qrels"));
  writeFileSync(join(folder, "scifact/qrels/test.tsv"), "query-id\tcorpus-id\tscore\n1\td\t1\n");
  await run("scifact", "--test", join(folder, "scifact"), "--out", join(folder, "beir"));
  const row = JSON.parse(readFileSync(join(folder, "beir/test.jsonl"), "utf8"));
  assert.equal(
    [row.data_source, row.qid, row.target, row.score, row.extra_info],
    ["scifact_test", "1", ["d"], [1], { index: 0, split: "test" }],
  );
});

test("what is no command is a usage error", async () => {
  for (const argv of [
    ["nq_serini"],
    ["mystery", "--test", asked, "--out", folder],
    ["nq_serini", "--test", asked, "--out", folder, "--rules", "mine"],
    ["nq_serini", "--test", asked, "--out", folder, "--seed", "x"],
  ]) {
    await prepareData.run(argv).then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.name, "UsageError"),
    );
  }
});

test.run();

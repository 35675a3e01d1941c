import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Embedder } from "../../lib/core/roles";
import { completionAfter } from "../../lib/prompts/templates";
import { dense } from "../../lib/search/dense/dense";
import { beir, type BeirOptions } from "../../lib/tasks/beir";
import { temporaryFolder } from "../fixtures";

const folder = join(temporaryFolder(), "scifact");
mkdirSync(join(folder, "qrels"), { recursive: true });
const lines = (name: string, ...rows: readonly object[]) =>
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
lines(
  "corpus.jsonl",
  { _id: "a", title: "Aspirin", text: "prevents stroke" },
  { _id: "b", title: "Aspirin", text: "and aspirin again for stroke and stroke" },
  { _id: "c", title: "", text: "knees" },
);
lines("queries.jsonl", { _id: "1", text: "aspirin" }, { _id: "2", text: "knees" }, { _id: "3", text: "not judged" });
for (const split of ["test", "train"])
  writeFileSync(join(folder, "qrels", `${split}.tsv`), "query-id\tcorpus-id\tscore\n1\ta\t1\n2\tc\t0\n");

const score = async (options: Partial<BeirOptions>, query: string) => {
  const task = await beir({ folder, ...options });
  return { task, score: await task.score(task.problems[0]!, completionAfter(task.prompt(task.problems[0]!), query)) };
};

test("the reward is 0.1 and nDCG@10; questions with nothing relevant are left out", async () => {
  // b says aspirin and stroke more often, so a, the relevant one, is second: nDCG@10 = 1 / log2(3)
  const { task, score: found } = await score({}, "aspirin stroke aspirin");
  assert.equal([task.name, task.problems.length, found.reward], ["scifact/test", 1, 0.1 + 1 / Math.log2(3)]);
  assert.is((await score({}, "knees")).score.reward, 0);
  assert.match(task.prompt(task.problems[0]!), /BM25.*aspirin/s);
});

test(
  "cut-offs follow the table of families: 50 for SciFact's training, 1,000 for its dense one, 10 in the " + "test",
  async () => {
    const cutoffs = [];
    for (const options of [
      { split: "train" },
      { split: "train", dense: true },
      { split: "test" },
      { split: "test", source: "mine" },
    ] as const)
      cutoffs.push((await beir({ folder, ...options })).k);
    assert.equal(cutoffs, [50, 1000, 10, 10]);
  },
);

test("an engine of your own gets the documents, as title and text", async () => {
  const seen: string[] = [];
  const { score: found } = await score(
    {
      dense: true,
      engine: (documents) => (
        seen.push(...documents.map(({ contents }) => contents)),
        { name: "first", search: async () => ({ hits: [{ docId: "a", score: 1 }], total: 1, warnings: [] }) }
      ),
    },
    "x",
  );
  assert.equal([found.reward, seen[0]], [1.1, "Aspirin\nprevents stroke"]);
});

test("a dense index is an engine: what is meant comes first", async () => {
  const encoder: Embedder = {
    name: "toy",
    embed: async (texts) => Float32Array.from(texts.flatMap((text) => (text.includes("blood clot") ? [1, 0] : [0, 1]))),
  };
  const engine = await dense(
    { ids: ["a", "c"], data: Float32Array.of(1, 0, 0, 1), dimensions: 2, encoder: "toy" },
    encoder,
  );
  const task = await beir({ folder, dense: true, engine });
  assert.equal(
    [
      (await score({ dense: true, engine }, "blood clot")).score.reward,
      (await score({ dense: true, engine }, "knee")).score.reward,
    ],
    [1.1, 0.1 + 1 / Math.log2(3)],
  );
  assert.match(task.prompt(task.problems[0]!), /compares meanings/);
  engine.dispose();
});

test("the reference's search loses the first word; ours does not", async () => {
  assert.is((await score({ profile: "reference" }, "aspirin")).score.reward, 0);
  assert.ok((await score({}, "aspirin")).score.reward > 0.1);
});

test.run();

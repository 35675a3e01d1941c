import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../../lib/core/records";
import { readDataset } from "../../../lib/data/datasets/dataset";
import { deduplicated, leakReport, leaks, withoutLeaks } from "../../../lib/data/datasets/leaks";
import { sharedFile } from "../../fixtures";

const problem = (id: string, query: string, document = "d"): Problem => ({ id, query, judgments: { [document]: 1 } });

test("a question is the same whatever its case, spaces and punctuation", () => {
  const found = leaks({
    validation: [problem("v1", "Does  aspirin help?"), problem("v2", "other")],
    test: [problem("t1", "does aspirin help", "e")],
  });
  assert.equal(found, [
    { splits: ["validation", "test"], id: "v1", otherId: "t1", query: "does aspirin help", sameGold: false },
  ]);
});

test("the report counts each pair of splits", () => {
  const splits = {
    train: [problem("1", "a"), problem("2", "b")],
    validation: [problem("3", "b"), problem("4", "c")],
    test: [problem("5", "c"), problem("6", "x")],
  };
  assert.equal(leakReport(splits), [
    { splits: "train / validation", shared: 1, ofFirst: 2, ofSecond: 2, sameGold: 1 },
    { splits: "validation / test", shared: 1, ofFirst: 2, ofSecond: 2, sameGold: 1 },
  ]);
});

test("what leaks leaves the earlier split; equal questions of one split become one, with all judgments", () => {
  const clean = withoutLeaks({
    train: [problem("1", "a"), problem("2", "b")],
    test: [problem("3", "B!", "e"), problem("4", "b", "f")],
  });
  assert.equal(clean, { train: [problem("1", "a")], test: [{ id: "3", query: "B!", judgments: { e: 1, f: 1 } }] });
  assert.equal(leaks(clean), []);
});

test("questions to two databases are two questions", () => {
  const ask = (id: string, database: string): Problem => ({
    id,
    query: "How many?",
    judgments: {},
    sql: { database, gold: "SELECT 1", schema: "" },
  });
  assert.is(deduplicated([ask("1", "a"), ask("2", "b"), ask("3", "a")]).length, 2);
});

const shared = sharedFile("data/deepretrieval");
if (shared) {
  test(
    "the published splits leak, as spec/reference.md counted by exact text: 11 of ctgov's training are in its " +
      "test, 24 and 791 in PubMed's",
    async () => {
      const of = async (name: string) => (await readDataset(`${shared}/${name}.parquet`)).map(({ problem }) => problem);
      const [train, test, pubmed] = [
        await of("ctgov.train"),
        await of("ctgov.test_full"),
        await of("pubmed.test_full"),
      ];
      assert.equal(
        leakReport({ train, test, pubmed }).map(({ shared, sameGold }) => [shared, sameGold]),
        [
          [11, 4],
          [24, 0],
          [791, 0],
        ],
      );
    },
  );
}

test.run();

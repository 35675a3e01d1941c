import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SearchEngine } from "../../lib/core/roles";
import { completionAfter } from "../../lib/prompts/templates";
import { familyOf } from "../../lib/rewards/families";
import { chosenReward, fBeta, isRecallReward, type RecallReward } from "../../lib/rewards/recall-choice";
import { recallTiers } from "../../lib/rewards/tiers";
import { pubmed } from "../../lib/tasks/pubmed";
import { task } from "../../lib/tasks/task";

const paid = (choice: RecallReward, found: number, documents = 20): number =>
  chosenReward(choice, { found, relevant: 10, hits: Math.min(documents, 50), documents }, 1, recallTiers);

test("the tiers stop paying at .7; recall pays up to 1", () => {
  assert.equal(
    [7, 8, 10].map((found) => paid("tiers", found)),
    [6, 6, 6],
  );
  assert.equal(
    [0, 5, 8, 10].map((found) => paid("recall", found)),
    [1, 3.5, 5, 6],
  ); // 1 + 5·R
});

test("Fβ is the weighted harmonic mean of precision and recall", () => {
  assert.is(fBeta(0.5, 1, 1), 2 / 3); // 2·.5·1 / 1.5
  assert.is(fBeta(0.5, 1, 3), 10 / 11); // 10·.5·1 / (9·.5 + 1) = 5 / 5.5
  assert.equal([fBeta(0, 0, 3), fBeta(0, 1, 3)], [0, 0]);
  assert.is(paid("F1", 10, 20), 1 + 5 * (2 / 3)); // P = 10/20, R = 1: F1 = 2/3
  assert.is(paid("F3", 0, 0), 1);
});

test("a cost falls on every match, also past the cut, and never makes a query worth less than the lowest tier", () => {
  const cheap = { of: "recall", costPerDocument: 0.01 } as const;
  assert.is(paid(cheap, 10, 100), 5); // 6 − 1
  assert.is(paid(cheap, 10, 1_000_000), -2.5);
  assert.is(paid({ of: "tiers", costPerDocument: 0.01 }, 10, 100), 5);
});

test("what is no reward is refused with what may be given", async () => {
  assert.equal(["tiers", "recall", "F1", "F0.5", "F3", { of: "F3" }].map(isRecallReward), [
    true,
    true,
    true,
    true,
    true,
    true,
  ]);
  assert.equal(
    [
      "F0",
      "F",
      "precision",
      3,
      null,
      { of: "x" },
      { of: "recall", costPerDocument: -1 },
      { of: "recall", cost: 1 },
    ].map(isRecallReward),
    [false, false, false, false, false, false, false, false],
  );
  for (const [options, message] of [
    [{ reward: "precision" }, /reward is "precision"; it must be "tiers", "recall", "F1"/],
    [{ reward: "recall", profile: "reference" }, /profile is "reference".*reward is "recall"/],
  ] as const)
    await pubmed({ split: "test", limit: 1, ...options } as object).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, message),
    );
});

const shelf: SearchEngine = {
  name: "shelf",
  search: async (query, k) => ({
    hits: query
      .split(" ")
      .slice(0, k)
      .map((docId) => ({ docId, score: 1 })),
    total: query === "a x" ? 500 : query.split(" ").length,
    warnings: [],
  }),
};
const parts = {
  name: "ctgov",
  family: familyOf("ctgov"),
  problems: [{ id: "1", query: "q", judgments: { a: 1, b: 1 } }],
  prompt: () => "<think>",
  k: 2,
};

test(
  "a score has recall, precision, F3 and documents, whether the engine lists or counts; the tiers have recall " +
    "alone",
  async () => {
    const counting: SearchEngine = {
      ...shelf,
      recall: async () => ({ recall: 0.5, found: 1, total: 500, warnings: [] }),
    };
    for (const engine of [shelf, counting]) {
      const own = task({ ...parts, engine, reward: "recall" });
      const score = await own.score(parts.problems[0]!, completionAfter("<think>", "a x"));
      assert.equal(score, {
        kind: "scored",
        reward: 3.5,
        query: "a x",
        measures: { "R@2": 0.5, SetP: 0.5, "SetF(beta=3)": 0.5, documents: 500 },
      });
      for (const name of ["R@2", "SetP", "SetF(beta=3)", "documents"]) assert.ok(name in own.components!, name);
      const tiers = task({ ...parts, engine });
      const faithful = await tiers.score(parts.problems[0]!, completionAfter("<think>", "a x"));
      assert.equal(faithful.kind === "scored" && [faithful.reward, faithful.measures], [5, { "R@2": 0.5 }]);
      assert.not.ok("documents" in tiers.components!);
    }
  },
);

test("a reward of recall is refused for a family that is rewarded by something else", () => {
  assert.throws(
    () => task({ ...parts, family: familyOf("nfcorpus"), engine: shelf, reward: "recall" }),
    /rewarded by recall; nfcorpus is rewarded by ndcg/,
  );
});

test.run();

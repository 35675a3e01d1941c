import { test } from "uvu";
import * as assert from "uvu/assert";
import { familyOf, type RankFamily } from "../../lib/rewards/families";
import { rankReward } from "../../lib/rewards/rank-reward";
import { spansOf } from "../../lib/rewards/spans";

const nq = { family: familyOf("nq_serini") as RankFamily, profile: "safe" } as const;
const answers = { kind: "answers", answers: ["Marie Curie", "Skłodowska"] } as const;
const spans = spansOf((docId) =>
  docId === "yes" ? '"Radium"\nIt was found by MARIE  CURIE.' : "Marie was not Curie.",
);
/** A ranking whose passage with the answer stands at `rank`. */
const answerAt = (rank: number, length = rank) => ({
  hits: Array.from({ length }, (_, i) => ({ docId: i + 1 === rank ? "yes" : "no", score: -i })),
});

test("the first passage with an answer decides: rank 5, 20, 50, 100, 1000, 3000", async () => {
  const rewards = await Promise.all(
    [1, 5, 6, 20, 21, 50, 100, 101, 1000, 3000].map(
      async (rank) => (await rankReward(answerAt(rank), answers, spans, nq)).reward,
    ),
  );
  assert.equal(rewards, [6, 6, 5, 5, 3, 3, 2, 1.5, 1.5, 1.1]); // 1 + 5, 4, 2, 1, 0.5, 0.1
});

test("an answer below k, or none at all, is a miss: −2.5, and −1.5 for SQuAD", async () => {
  assert.is((await rankReward(answerAt(3001), answers, spans, nq)).reward, -2.5); // 1 − 3.5
  assert.is((await rankReward({ hits: [] }, answers, spans, nq)).reward, -2.5);
  assert.is(
    (await rankReward({ hits: [] }, answers, spans, { family: familyOf("squad") as RankFamily, profile: "safe" }))
      .reward,
    -1.5,
  ); // 1 − 2.5
});

test("the measures carry ir_measures' names", async () => {
  assert.equal((await rankReward(answerAt(4), answers, spans, nq)).measures, {
    "Success@1": 0,
    "Success@5": 1,
    "Success@20": 1,
    "Success@100": 1,
    "RR@3000": 1 / 4,
  });
  assert.equal((await rankReward(answerAt(4), answers, spans, { ...nq, k: 3 })).measures, {
    "Success@1": 0,
    "RR@3": 0,
  });
});

test("an empty answer stands in every passage of the reference and in none of ours", async () => {
  const empty = { kind: "answers", answers: [""] } as const;
  assert.is((await rankReward(answerAt(9, 3), empty, spans, nq)).reward, -2.5);
  assert.is((await rankReward(answerAt(9, 3), empty, spans, { ...nq, profile: "reference" })).reward, 6);
});

test("passages may come late, and each is read once while it is kept", async () => {
  const read: string[] = [];
  const late = spansOf(async (docId) => (read.push(docId), docId === "yes" ? "Marie Curie" : ""), { keep: 2 });
  assert.is((await rankReward(answerAt(3), answers, late, nq)).reward, 6);
  await rankReward(answerAt(3), answers, late, nq);
  assert.equal(read, ["no", "yes"]);
  await late("other"); // the oldest, "no", goes
  await late("no");
  assert.equal(read, ["no", "yes", "other", "no"]);
});

test.run();

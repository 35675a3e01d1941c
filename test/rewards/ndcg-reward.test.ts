import { test } from "uvu";
import * as assert from "uvu/assert";
import { familyOf, type NdcgFamily } from "../../lib/rewards/families";
import { ndcgReward } from "../../lib/rewards/ndcg-reward";

const family = familyOf("nfcorpus_test") as NdcgFamily;
const hits = (...ids: string[]) => ({ hits: ids.map((docId, i) => ({ docId, score: -i })) });
const gold = (grades: Readonly<Record<string, number>>) =>
  ({ kind: "documents", ids: Object.keys(grades), grades: Object.values(grades) }) as const;
const by = (profile: "safe" | "reference") => ({ family, profile });

test("a ranking earns 0.1 and its nDCG, and 0 where nothing of it is relevant", () => {
  // relevant at rank 2 alone: 1 / log₂ 3
  assert.equal(ndcgReward(hits("x", "a"), gold({ a: 1 }), by("safe")), {
    reward: 0.1 + 1 / Math.log2(3),
    measures: { "nDCG@10": 1 / Math.log2(3) },
  });
  assert.is(ndcgReward(hits("x"), gold({ a: 1 }), by("safe")).reward, 0);
  assert.is(ndcgReward(hits(), gold({ a: 1 }), by("reference")).reward, 0);
});

test("grades in the wrong order make the reference's nDCG more than 1, and not ours", () => {
  const unsorted = gold({ a: 1, b: 2 });
  // DCG of b, a = 2 + 1/log₂3 = 2.6309; the stored order a, b makes 1 + 2/log₂3 = 2.2619
  assert.is(
    ndcgReward(hits("b", "a"), unsorted, by("reference")).measures["nDCG@10"],
    (2 + 1 / Math.log2(3)) / (1 + 2 / Math.log2(3)),
  );
  assert.is(ndcgReward(hits("b", "a"), unsorted, by("safe")).measures["nDCG@10"], 1);
});

test("a document that is retrieved twice gains twice in the reference and once here", () => {
  assert.is(ndcgReward(hits("a", "a"), gold({ a: 1 }), by("reference")).measures["nDCG@10"], 1 + 1 / Math.log2(3));
  assert.is(ndcgReward(hits("a", "a"), gold({ a: 1 }), by("safe")).measures["nDCG@10"], 1);
});

test("hits past k do not count", () => {
  assert.is(ndcgReward(hits("x", "a"), gold({ a: 1 }), { ...by("safe"), k: 1 }).reward, 0);
});

test("a document may be called like anything that objects inherit", () => {
  for (const profile of ["safe", "reference"] as const)
    assert.is(ndcgReward(hits("constructor", "__proto__"), gold({ a: 1 }), by(profile)).reward, 0);
  assert.is(
    ndcgReward(hits("__proto__"), { kind: "documents", ids: ["__proto__"], grades: [1] }, by("safe")).reward,
    1.1,
  );
});

test.run();

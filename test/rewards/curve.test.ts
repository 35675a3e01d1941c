import { test } from "uvu";
import * as assert from "uvu/assert";
import { rewardCurves } from "../../lib/rewards/curve";
import { executionOutcomes } from "../../lib/rewards/execution-reward";
import { familyOf } from "../../lib/rewards/families";

test("recall climbs from −2.5 to 6 and never falls", () => {
  const curve = rewardCurves({ PubMed: familyOf("pubmed") });
  assert.is(curve.length, 201);
  assert.equal(
    [curve[0], curve[140], curve.at(-1)],
    [
      { recall: 0, PubMed: -2.5 },
      { recall: 0.7, PubMed: 6 },
      { recall: 1, PubMed: 6 },
    ],
  );
  for (const [i, point] of curve.slice(1).entries()) assert.ok(point["PubMed"]! >= curve[i]!["PubMed"]!);
});

test("families of one kind share a curve: ranks end with the miss", () => {
  const curve = rewardCurves({ NQ: familyOf("nq_serini"), SQuAD: familyOf("squad") });
  assert.equal(curve[0], { rank: 1, NQ: 6, SQuAD: 6 });
  assert.equal(
    curve.find(({ rank }) => rank === 3001),
    { rank: 3001, NQ: -2.5, SQuAD: -1.5 },
  );
});

test("nDCG starts at nothing, then steps over the 0.1 of the form", () => {
  assert.equal(rewardCurves({ BEIR: familyOf("nfcorpus_train") }, { points: 2 }), [
    { nDCG: 0, BEIR: 0 },
    { nDCG: 0.5, BEIR: 0.6 },
    { nDCG: 1, BEIR: 1.1 },
  ]);
});

test("what is no curve is refused", () => {
  assert.throws(() => rewardCurves({ a: familyOf("pubmed"), b: familyOf("squad") }), /several kinds: recall, rank/);
  assert.throws(() => rewardCurves({ a: familyOf("spider_test") }), /no curve/);
  assert.throws(() => rewardCurves({}), /no families/);
});

test("a query to a database has six outcomes", () => {
  const outcomes = executionOutcomes({ BIRD: familyOf("bird_test"), "no reasoning": familyOf("bird_wor_test") });
  assert.equal(
    outcomes.map(({ BIRD }) => BIRD),
    [1.1, 0.4, 0, 0, 0, -2],
  );
  assert.equal(
    outcomes.map((row) => row["no reasoning"]),
    [1.1, 0.4, 0.2, 0, 0, -2],
  );
  assert.throws(() => executionOutcomes({ a: familyOf("pubmed") }), /a is rewarded by recall/);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import { familyOf } from "../../lib/rewards/families";
import { outcomeOf, remark, tally } from "../../lib/rewards/outcome";

const down = async () => {
  throw new SearchUnavailable("PubMed", "HTTP 503", "Wait.");
};

test("an outage is an outcome that carries the reference's number, never a reward", async () => {
  assert.equal(await outcomeOf(familyOf("pubmed"), down), {
    kind: "outage",
    why: "PubMed did not answer: HTTP 503. Wait.",
    reference: -3,
  });
  const numbers = await Promise.all(
    ["squad", "scifact_test", "bird_test", "bird_wor_test", "spider_test"].map(
      async (name) => (await outcomeOf(familyOf(name), down)) as { reference: number },
    ),
  );
  assert.equal(
    numbers.map(({ reference }) => reference),
    [-2, 0, 0, 0.2, 0],
  );
});

test("any other error stays one", async () => {
  try {
    await outcomeOf(familyOf("pubmed"), async () => {
      throw new RangeError("k is 0");
    });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "k is 0");
  }
});

test("a batch says what each of its means was divided by", () => {
  const batch = tally([
    { kind: "scored", reward: 6, query: "a", measures: { "R@50": 0.8 } },
    { kind: "scored", reward: -2.5, query: "b", measures: { "R@50": 0 } },
    { kind: "malformed", reward: -4, why: "" },
    { kind: "outage", why: "", reference: -3 },
  ]);
  assert.equal(
    { ...batch, reward: batch.reward.over },
    { rows: 4, scored: 2, malformed: 1, outage: 1, reward: 3, measures: { "R@50": { mean: 0.4, over: 2 } } },
  );
  assert.is(batch.reward.mean, -0.5 / 3); // (6 − 2.5 − 4) / 3
  assert.ok(Number.isNaN(tally([]).reward.mean));
});

test("a remark says why there is no query, no reward, or what was dropped from the query", () => {
  const scored = { kind: "scored", reward: 6, query: "a", measures: {} } as const;
  assert.equal(
    [
      scored,
      { ...scored, warnings: ["no such field", "! ignored"] },
      { kind: "malformed", reward: -4, why: "no tags" } as const,
    ].map(remark),
    ["", "no such field; ! ignored", "no tags"],
  );
});

test.run();

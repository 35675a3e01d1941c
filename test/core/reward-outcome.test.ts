import { test } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted, outageCauses, SearchUnavailable } from "../../lib/core/errors";
import type { Score } from "../../lib/core/records";
import { outageOf, rewardOutcome } from "../../lib/core/reward-outcome";

test("an engine that is down is an outage with its cause, never a number", async () => {
  const down = new SearchUnavailable("PubMed", "HTTP 429", "Wait.", { outage: "rate_limit" });
  const outcome = await rewardOutcome(() => Promise.reject(down));
  assert.equal(outcome, {
    kind: "outage",
    cause: "rate_limit",
    engine: "PubMed",
    why: "PubMed did not answer: HTTP 429. Wait.",
  });
  assert.not("reward" in outcome);
});

test("an outage whose cause nobody named is counted as other", () => {
  assert.is(outageOf(new SearchUnavailable("PubMed", "it is Sunday", "Wait."))?.cause, "other");
  assert.ok(outageCauses.includes("other"));
});

test("a malformed completion keeps its reward, and every other error is thrown on", async () => {
  const malformed: Score = { kind: "malformed", reward: -4, why: "no tags" };
  assert.is(await rewardOutcome(async () => malformed), malformed);
  for (const error of [new Interrupted("the run"), new RangeError("k is 0"), "a thrown text", undefined])
    assert.is(
      await rewardOutcome(() => Promise.reject(error)).then(
        () => "scored",
        (thrown) => thrown,
      ),
      error,
    );
});

test.run();

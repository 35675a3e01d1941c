import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { backOff, retryAfter } from "../../../lib/core/http/retry";

test("waits double up to 30 s, within a quarter either way, the same for the same seed", () => {
  const waits = (seed: number) => {
    const rng = random(seed);
    return [1, 2, 3, 4, 10].map((attempt) => backOff(attempt, 0.5, rng));
  };
  for (const [i, nominal] of [0.5, 1, 2, 4, 30].entries())
    for (const seed of [1, 2, 3]) assert.ok(Math.abs(waits(seed)[i]! / nominal - 1) <= 0.25);
  assert.equal(waits(7), waits(7));
  assert.not.equal(waits(7), waits(8));
});

test("Retry-After is a number of seconds or a date", () => {
  assert.is(retryAfter("3"), 3);
  assert.is(retryAfter("Wed, 21 Oct 2015 07:28:05 GMT", Date.UTC(2015, 9, 21, 7, 28)), 5);
  assert.is(retryAfter("Wed, 21 Oct 2015 07:28:05 GMT", Date.UTC(2016, 1)), 0);
  assert.is(retryAfter("soon"), undefined);
  assert.is(retryAfter(undefined), undefined);
});

test.run();

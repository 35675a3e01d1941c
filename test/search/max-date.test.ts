import { test } from "uvu";
import * as assert from "uvu/assert";
import { isoDay, lastDay, slashed } from "../../lib/search/max-date";

test("a date limit takes in its whole day, month or year", () => {
  assert.is(lastDay("2010/05"), 20100531);
  assert.is(slashed("2010-5"), "2010/05");
  assert.is(isoDay("2010/02"), "2010-02-28");
  assert.is(isoDay("2012/02"), "2012-02-29");
  assert.is(isoDay("2010"), "2010-12-31");
  assert.throws(
    () => slashed("next year"),
    (error: Error) => error.name === "RangeError",
  );
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { days, dayText } from "../../../../lib/search/boolean/syntax/dates";

test("a year covers all its days, a month all of its own, a day itself", () => {
  assert.equal(days("2010"), { first: 20100101, last: 20101231 });
  assert.equal(days("2010/02"), { first: 20100201, last: 20100231 });
  assert.equal(days("2010-2-3"), { first: 20100203, last: 20100203 });
});

test("what is no date is undefined", () => {
  for (const text of ["", "10", "2010/13", "2010/01/32", "last 5 years", "20100101"])
    assert.is(days(text), undefined, text);
});

test("a day prints as PubMed writes it", () => assert.is(dayText(20100203), "2010/02/03"));

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { dictionary } from "../../../../lib/search/bm25/postings/dictionary";
import { queryTerms } from "../../../../lib/search/bm25/searching/query-terms";

test("a query is the numbers of its stems, each time: no stop words, -1 for an unknown term, repetitions kept", () => {
  const numbers = queryTerms(dictionary(["heart", "attack"]));
  for (let time = 0; time < 2; time++) assert.equal(numbers("The attacks of Hearts, and hearts' zebra"), [1, 0, 0, -1]);
  assert.equal(numbers("the of"), []);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { seek } from "../../../../lib/search/boolean/record-sets/seek";

test("the first entry not below a record is found from wherever one stands", () => {
  const documents = Uint32Array.from([2, 3, 5, 8, 13, 21, 34]);
  for (let from = 0; from <= 7; from++)
    for (let record = 0; record < 40; record++) {
      const expected = documents.findIndex((document, i) => i >= from && document >= record);
      assert.is(seek(documents, record, from, 7), expected < 0 ? 7 : expected);
    }
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { edit } from "../../../../lib/notebook/kernel/source/edits";

test("edits apply whatever their order, and positions map both ways", () => {
  //                       0123456
  const { text, forward, back } = edit("ab(cd)e", [
    { at: 3, remove: 2, insert: "XYZ" }, // cd → XYZ
    { at: 0, remove: 0, insert: "await 0;" }, // 8 characters in front
  ]);
  assert.is(text, "await 0;ab(XYZ)e");
  assert.is(forward(0), 8);
  assert.is(forward(2), 10); // "("
  assert.is(forward(5), 14); // ")", moved by 8 + 1
  assert.is(back(8), 0);
  assert.is(back(14), 5);
  assert.is(back(3), 0); // inside the insertion
  assert.is(back(12), 3); // inside the replacement
});

test("without edits nothing moves", () => {
  const { text, forward, back } = edit("abc", []);
  assert.is(text, "abc");
  assert.equal([forward(2), back(2)], [2, 2]);
});

test.run();

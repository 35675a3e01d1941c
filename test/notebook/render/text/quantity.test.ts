import { test } from "uvu";
import * as assert from "uvu/assert";

import { durationText, numberText } from "../../../../lib/notebook/render/text/quantity";

test("fractions have three significant digits, whole and large numbers are written in full", () => {
  assert.equal([0.03123, 6.1004, 21003, 12345.6, -0, -1.5, NaN].map(numberText), [
    "0.0312",
    "6.1",
    "21003",
    "12346",
    "0",
    "-1.5",
    "NaN",
  ]);
});

test("durations keep the two digits that matter", () => {
  // 3900 s = 65 min = 1 h 5 min
  assert.equal([0.0052, 0.42, 3.24, 38.2, 185, 3900].map(durationText), [
    "5.2 ms",
    "0.42 s",
    "3.2 s",
    "38 s",
    "3 min",
    "1 h 5 min",
  ]);
});

test.run();

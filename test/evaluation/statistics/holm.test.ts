import { test } from "uvu";
import * as assert from "uvu/assert";
import { comparisons } from "../../../lib/evaluation/statistics/comparison";
import { holm } from "../../../lib/evaluation/statistics/holm";
import type { Result } from "../../../lib/evaluation/result";
import { compare } from "../../../lib/evaluation/frames/frames";
import { close } from "../../fixtures";

test(
  "the smallest p is multiplied by the number of tests, the next by one less, and none falls below an earlier " + "one",
  () => {
    // sorted: 0.01·4 = 0.04, 0.03·3 = 0.09, max(0.09, 0.04·2) = 0.09, max(0.09, 0.2·1) = 0.2
    close(holm([0.04, 0.01, 0.2, 0.03]), [0.09, 0.04, 0.2, 0.09]);
    assert.equal(holm([0.9, 0.8]), [1, 1]);
    assert.equal(holm([0.5]), [0.5]);
    assert.throws(() => holm([0.1, 1.2]), /value 1 is 1.2/);
  },
);

const results = (system: string, values: readonly number[], first = 0): Result[] =>
  values.map((value, i) => ({ system, qid: `q${i + first}`, query: "q", measures: { RR: value } }));
const base = results("base", Array(8).fill(0));

test("compare adjusts for the systems that it compares, not for their metrics", () => {
  const better = results("better", Array(8).fill(1)); // all eight differences have one sign: p = 2 / 2⁸ = 0.0078
  const other = results("other", [1, 0, 0, 0, 0, 0, 0, 0]); // p = 1
  const rows = comparisons([...base, ...better, ...other], "base");
  close(
    rows.map(({ pHolm }) => pHolm),
    [2 / 128, 1],
  );
  assert.ok(compare([...base, ...better, ...other], "base").columns.includes("p (Holm)"));
});

test("systems that were asked different questions are refused with the questions", () => {
  const shifted = results("shifted", Array(8).fill(1), 1);
  assert.throws(
    () => compare([...base, ...shifted], "base"),
    new RegExp(
      "shifted was asked 8 questions and base 8, of which 7 are the same; " +
        String.raw`1 only of shifted \(q8\), 1 only of base \(q0\)`,
    ),
  );
  assert.is(compare([...base, ...shifted], "base", { queries: "common" }).at(0, "queries"), 7);
});

test("two evaluations, or their frames, are compared without a common name", () => {
  const rerun = results("base", Array(8).fill(1));
  const frame = compare(rerun, base);
  assert.equal([frame.at(0, "system"), frame.at(0, "difference")], ["base", 1]);
  assert.throws(() => compare(rerun, [...base, ...results("b", [1])]), /has 2 systems/);
});

test.run();

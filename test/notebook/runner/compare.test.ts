import { test } from "uvu";
import * as assert from "uvu/assert";
import { differences } from "../../../lib/notebook/runner/compare";
import type { NotebookCell, Output } from "../../../lib/notebook/runner/nbformat";
import { scrub } from "../../../lib/notebook/runner/scrub";
import { code, notebook } from "./bench";

const scrubbed: readonly (readonly [text: string, expected: string])[] = [
  ["on 2026-11-25T01:02:03.5Z, at 1:02:03", "on <date>, at <time>"],
  ["step 6/6  reward -0.55  1.8 s/step  finished after 10 s", "step 6/6  reward -0.55  finished"],
  ["query 9/9  R@50 0.3  finished", "query 9/9  R@50 0.3  finished"], // all of it was in the journal
  ["on TensorFlow 2.21.0, cpu or tfjs 4.22.0", "on <backend>, cpu or <backend>"],
  ["6 steps: R@50 0.1 → 0.25, seconds a step 2.3 → 1.8", "6 steps: R@50 0.1 → 0.25, seconds a step <duration>"],
  ["{ seconds: 12.25, p: 0.25 }", "{ seconds: <duration>, p: 0.25 }"],
  ["1 h 5 min left; 12ms", "<duration> left; <duration>"],
  // the report of a training run, and what headroom measured
  ["A step takes 5.9 s: 57 % the policy's update, 24 % generation. Lower epochs.", "A step takes <duration>"],
  ["A step of 64 responses takes about 2.7 s (writing 0.93, update 1.7).", "A step of 64 responses takes <duration>"],
  [
    "saved in /tmp/x-1/run and C:\\Users\\me\\run, not in reward/R@50 or and/or",
    "saved in <path> and <path>, not in reward/R@50 or and/or",
  ],
  ["sha 0123456789abcdef, 12 of 20000", "sha <hash>, 12 of 20000"],
  ["0.30000000000000004", "0.3"],
  ["\x1b[31mred\x1b[0m   \n10 %\r20 %\n", "red\n20 %"],
];
for (const [text, expected] of scrubbed)
  test(`what may differ is taken out of ${JSON.stringify(text)}`, () => assert.is(scrub(text), expected));

const stream = (text: string): Output => ({ output_type: "stream", name: "stdout", text });
const value = (data: Record<string, unknown>): Output => ({
  output_type: "execute_result",
  data,
  metadata: {},
  execution_count: 1,
});
const ran = (...outputs: Output[]): NotebookCell => ({ ...code("x"), outputs });

test("the same outputs are the same, however they came in pieces", () => {
  assert.equal(differences(notebook(ran(stream("a\nb\n"))), notebook(ran(stream("a\n"), stream("b\n")))), []);
  assert.equal(
    differences(
      notebook(ran(value({ "text/plain": ["1.5"], "image/png": "AA" }))),
      notebook(ran(value({ "text/plain": "1.5", "image/png": "BB" }))),
    ),
    [],
  );
});

test("the first differing line of a cell is reported, with the cell's place in the stored notebook", () => {
  const stored = notebook(ran(stream("a\n")), ran(stream("b\nc\n"), value({ "text/plain": "1" })));
  const now = notebook(
    ran(stream("a\n")),
    { ...code("p = 1", "injected-parameters") },
    ran(stream("b\nd\n"), value({ "text/plain": "1" })),
  );
  assert.equal(differences(stored, now), [{ cell: 2, stored: "stdout: c", now: "stdout: d" }]);
});

test("an output or picture that is gone is a difference, and so is a new error", () => {
  assert.equal(differences(notebook(ran(value({ "image/png": "A" }))), notebook(ran())), [
    { cell: 1, stored: "image/png: there", now: "" },
  ]);
  assert.equal(
    differences(notebook(ran()), notebook(ran({ output_type: "error", ename: "E", evalue: "e", traceback: [] }))),
    [{ cell: 1, stored: "", now: "error: E: e" }],
  );
});

test("a cell that is tagged so may differ", () => {
  assert.equal(
    differences(notebook({ ...code("x", "ignore-output"), outputs: [stream("1")] }), notebook(ran(stream("2")))),
    [],
  );
});

test.run();

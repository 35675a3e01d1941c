import { test } from "uvu";
import * as assert from "uvu/assert";
import { report, reportMime } from "../../../lib/notebook/run-report/training-report";

const figures = {
  backend: "native",
  seconds: 412.4,
  recall: { typed: 0.1, before: 0.125, after: 0.75, expert: 0.9375 },
  p: 1 / 10_001,
  steps: 100,
  seed: 7,
};
const display = (record: object) =>
  (record as Record<symbol, () => Record<string, unknown>>)[Symbol.for("Jupyter.display")]!();

test("the record holds the figures and nothing more", () => {
  assert.is(JSON.stringify(report(figures)), JSON.stringify(figures));
});

test("a notebook gets JSON, text and HTML", () => {
  const bundle = display(report(figures));
  assert.equal(Object.keys(bundle), [reportMime, "text/plain", "text/html"]);
  assert.is(JSON.stringify(bundle[reportMime]), JSON.stringify(figures));
  assert.match(
    bundle["text/html"] as string,
    '<td style="text-align:left">policy after RL</td><td style="text-align:right">0.750</td>',
  );
  assert.match(bundle["text/html"] as string, "p &lt; 0.001");
});

test("the text is an aligned table", () => {
  // 0.75 / 0.9375 = 80 %
  assert.is(
    display(report(figures))["text/plain"],
    [
      "system             recall",
      "question as typed   0.100",
      "policy before RL    0.125",
      "policy after RL     0.750  p < 0.001 against before, 80 % of the expert",
      "expert query        0.938",
      "",
      "100 steps, seed 7, native backend, 412 s",
    ].join("\n"),
  );
});

test("data without an expert report null and a dash", () => {
  const record = report({ ...figures, recall: { typed: 0.1, before: 0.1, after: 0.2 }, p: 0.04 });
  assert.is(record.recall.expert, null);
  assert.match(
    display(record)["text/plain"] as string,
    /policy after RL     0\.200  p = 0\.040 against before\nexpert query {12}–  none in these data/,
  );
});

test("a recall that is no fraction is refused by name", () => {
  assert.throws(() => report({ ...figures, recall: { ...figures.recall, after: NaN } }), /report: after is NaN/);
  assert.throws(() => report({ ...figures, p: 2 }), /report: p is 2/);
});

test.run();

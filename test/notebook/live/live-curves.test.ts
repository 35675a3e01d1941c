import { test } from "uvu";
import * as assert from "uvu/assert";

import { liveBundle } from "../../../lib/notebook/live/live";
import { liveCurves } from "../../../lib/notebook/live/live-curves";

const rows = Array.from({ length: 100 }, (_, i) => ({ step: i + 1, a: i, "b<c": Math.sin(i) }));

test("a panel for each entry, names escaped, no value that is not a number", () => {
  const svg = liveCurves(rows, [["a"], ["b<c"], ["never"]], 200);
  assert.is(svg.split("<g ").length - 1, 3);
  assert.match(svg, "b&lt;c");
  assert.not.match(svg, /NaN|Infinity|undefined/);
});

test("one row, a constant and nothing at all are drawn", () => {
  for (const some of [
    [],
    [{ step: 1, a: 0 }],
    [
      { step: 1, a: 5 },
      { step: 2, a: 5 },
    ],
  ])
    assert.not.match(liveCurves(some, [["a"]]), /NaN|Infinity|undefined/);
});

test("a long run is thinned: ten times the rows, hardly more to send", () => {
  const long = Array.from({ length: 5000 }, (_, i) => ({ step: i + 1, a: Math.sin(i / 100) }));
  assert.ok(liveCurves(long, [["a"]]).length < 3 * liveCurves(long.slice(0, 500), [["a"]]).length);
});

test("the bundle is one line of text, and HTML with the bar drawn instead of written", () => {
  const progress = { label: "step", done: 100, total: 200, rows: 100, seconds: 1 };
  const bundle = liveBundle("step 100/200 ██████░░░░░░  a < b", progress, rows, [["a"]]);
  assert.is(bundle["text/plain"], "step 100/200 ██████░░░░░░  a < b");
  assert.match(String(bundle["text/html"]), "step\u00a0100/200  a\u00a0&lt;\u00a0b");
  assert.match(String(bundle["text/html"]), "width:50.0%");
  const html = (ended: string) =>
    String(liveBundle("step 100/200 ██████░░░░░░", { ...progress, ended }, rows, [["a"]])["text/html"]);
  assert.match(html("stopped"), "width:50.0%");
  assert.not.match(html("finished"), "width:50.0%");
});

test("a single value is a visible dot; an axis without negative values begins at 0; zeros are drawn up to 1", () => {
  assert.match(liveCurves([{ step: 1, a: 2 }, { step: 2 }], [["a"]]), /<path d="M[\d. ]+h\.1" [^>]*stroke-width="5"/);
  const zeros = liveCurves(
    [
      { step: 1, a: 0 },
      { step: 2, a: 0 },
    ],
    [["a"]],
  );
  for (const tick of ["0", "0.5", "1"]) assert.match(zeros, `>${tick}</text>`);
  assert.not.match(
    zeros +
      liveCurves(
        [
          { step: 1, a: 0.01 },
          { step: 2, a: 1 },
        ],
        [["a"]],
      ),
    /−/,
  );
});

test.run();

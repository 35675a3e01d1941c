import { test } from "uvu";
import * as assert from "uvu/assert";
import { binned, cutoffCurve, differences, tradeOff } from "../../../lib/evaluation/curves/curves";
import { featuresOf, queryFeatures } from "../../../lib/evaluation/curves/query-features";
import { rewrites } from "../../../lib/evaluation/frames/rewrites";
import type { Result } from "../../../lib/evaluation/result";
import * as plot from "../../../lib/notebook/plot/plot";

const result = (system: string, qid: string, recall: number, more: Partial<Result> = {}): Result => ({
  system,
  qid,
  query: `${system} ${qid}`,
  question: `question ${qid}`,
  measures: { "Hits@1": recall > 0.9 ? 1 : 0, "Hits@10": recall > 0 ? 1 : 0, R: recall },
  found: { hits: 4, relevant: recall * 2, judged: 2, total: 9 },
  ...more,
});
const results = [
  result("typed", "1", 0),
  result("typed", "2", 0.5),
  result("typed", "3", 1),
  result("tuned", "1", 1),
  result("tuned", "2", 0.5, {
    documents: { found: ["d1"], missed: ["d2"] },
    written: { completion: "…", reasoning: "because" },
  }),
  result("tuned", "3", 0, { malformed: true, written: { completion: "", why: "no answer" } }),
];

test("a query's operators are counted in capitals, outside quotation marks", () => {
  assert.equal(featuresOf('(aspirin OR "this OR that") AND NOT (stroke OR (tia))'), {
    words: 6, // aspirin, this, OR and that in the phrase count as three words less the operators: 10 runs − 4 operators
    characters: 53,
    operators: 4,
    or: 2,
    and: 1,
    not: 1,
    depth: 2,
  });
  assert.equal(featuresOf("oral ORthodox android"), {
    words: 3,
    characters: 21,
    operators: 0,
    or: 0,
    and: 0,
    not: 0,
    depth: 0,
  });
});

test("a curve over cut-offs has a row for each cut-off that was measured", () => {
  assert.equal(cutoffCurve(results, "Hits"), [
    { k: 1, typed: 1 / 3, tuned: 1 / 3 },
    { k: 10, typed: 2 / 3, tuned: 2 / 3 },
  ]);
  assert.throws(() => cutoffCurve(results, "P"), /nothing was measured as P@k; there are Hits@1, Hits@10, R/);
});

test("differences are sorted, largest first", () => {
  assert.equal(
    differences(results, "tuned", "typed", "R").map(({ rank, qid, difference }) => [rank, qid, difference]),
    [
      [1, "1", 1],
      [2, "2", 0],
      [3, "3", -1],
    ],
  );
});

test("ranges hold about equally many rows, and every row is in one", () => {
  const rows = [1, 2, 3, 4, 5, 6].map((words) => ({ system: words % 2 ? "a" : "b", words, recall: words / 10 }));
  assert.equal(binned(rows, "words", "recall", { bins: 2 }), [
    { from: 1, rows: 3, a: 0.2, b: 0.2 }, // 1, 3 and 2
    { from: 4, rows: 3, a: 0.5, b: 0.5 }, // 5 and 4, 6
  ]);
  assert.throws(() => binned(rows, "length", "recall"), /no row has a column "length"/);
});

test("precision, recall and documents retrieved are means over the questions", () => {
  // typed: relevant 0, 1, 2 of 4 hits: precision (0 + 0.25 + 0.5) / 3; recall (0 + 0.5 + 1) / 3
  assert.equal(tradeOff(results)[0], { system: "typed", retrieved: 4, precision: 0.25, recall: 0.5 });
});

test("rewrites stand beside the query before them, the largest loss first", () => {
  const frame = rewrites(results, { metric: "R", title: (id) => (id === "d1" ? "A title" : undefined) });
  const rows = frame.values as unknown[][];
  const of = (row: number, name: string) => rows[row]![frame.columns.indexOf(name)];
  assert.equal([of(0, "qid"), of(0, "change"), of(0, "problem")], ["3", -1, "no answer"]);
  assert.equal([of(1, "found"), of(1, "missed"), of(1, "reasoning")], ["d1  A title", "d2", "because"]);
  assert.equal([of(2, "before"), of(2, "query"), of(2, "R before"), of(2, "R")], ["typed 1", "tuned 1", 0, 1]);
  assert.equal([of(0, "outcome"), of(1, "outcome"), of(2, "outcome")], ["malformed", "same", "better"]);
  assert.throws(() => rewrites(results, { baseline: "x" }), /no system is called "x"/);
});

test("points are drawn by series, a logarithmic axis without zeros", () => {
  const figure = plot.points(queryFeatures(results), "words", "R", { by: "system" });
  assert.equal(
    (figure.data as readonly { readonly name: string }[]).map(({ name }) => name),
    ["typed", "tuned"],
  );
  const log = plot.points(
    [
      { x: 0, y: 1 },
      { x: 10, y: 1 },
    ],
    "x",
    "y",
    { logX: true },
  );
  assert.equal((log.data[0] as { x: number[] }).x, [10]);
  assert.throws(() => plot.points([{ x: 1 }], "x", "y"), /no row has a column "y"/);
});

test("ranges of no number are refused", () => {
  for (const bins of [0, -1, 1.5, NaN])
    assert.throws(() => binned(queryFeatures(results), "words", "R", { bins }), /binned: bins is .*a whole number/);
});

test("differences of systems that answered no question in common are refused with the reason", () => {
  const failure = { stage: "rewriting", name: "Error", message: "HTTP 500" } as const;
  const down = [
    ...results.filter(({ system }) => system === "typed"),
    result("down", "1", 0, { measures: {}, failure }),
  ];
  assert.throws(() => differences(down, "down", "typed"), /no question that both down and typed answered.*failures/);
});

test.run();

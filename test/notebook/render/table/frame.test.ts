import { test } from "uvu";
import * as assert from "uvu/assert";

import { recordsTable, tableOf, tableText } from "../../../../lib/notebook/render/table/frame";
import { frameHtml } from "../../../../lib/notebook/render/table/frame-html";
import { frameText } from "../../../../lib/notebook/render/table/frame-text";

const frame = {
  columns: ["system", "recall"],
  values: [
    ["as typed", 0.1],
    ["expert", 0.92],
  ],
  index: [0, 1],
};

test("a frame is known by its columns and values, and nothing else is", () => {
  assert.equal(tableOf(frame)?.rows[1], ["expert", 0.92]);
  assert.equal(tableOf({ columns: ["x"], values: [1, 2] })?.rows, [[1], [2]]); // a series
  for (const other of [null, 3, "x", [1], new Map(), { columns: 3, values: [] }]) assert.is(tableOf(other), undefined);
});

test("an index is shown when it says more than 0, 1, 2", () => {
  assert.equal(tableOf({ ...frame, index: ["a", "b"] })?.columns, ["", "system", "recall"]);
});

test("numbers of a column share their decimals, unless that would turn a small one into zero", () => {
  const table = {
    columns: ["p", "n"],
    rows: [
      [0.5, 3],
      [0.1234, 12],
      [0.00004, null],
    ],
  };
  // the largest, 0.5, shows three digits with three decimals; 0.00004 would be 0.000
  assert.equal(tableText(table, 20).rows, [
    ["0.500", "3"],
    ["0.123", "12"],
    ["0.00004", "–"],
  ]);
});

test("the box table aligns numbers right and text left", () => {
  assert.is(
    frameText(tableOf(frame)!),
    [
      "┌──────────┬────────┐",
      "│ system   │ recall │",
      "├──────────┼────────┤",
      "│ as typed │  0.100 │",
      "│ expert   │  0.920 │",
      "└──────────┴────────┘",
    ].join("\n"),
  );
});

test("HTML is escaped, aligned, and cut after 20 rows", () => {
  const html = frameHtml({ columns: ["<b>", "n"], rows: Array.from({ length: 23 }, (_, i) => ["a & b", i]) });
  assert.match(html, "&lt;b&gt;");
  assert.match(html, "a &amp; b");
  assert.match(html, "text-align:right");
  assert.match(html, "… 3 more rows"); // 23 − 20
  assert.is(html.split("<script")[0]!.split("<tr>").length - 1, 21); // heading and 20 rows; the others are data
});

test("rows of plain values are a table, whatever columns each has; anything else is not", () => {
  assert.equal(recordsTable([{ a: 1 }, { a: 2, b: "x" }]), {
    columns: ["a", "b"],
    rows: [
      [1, undefined],
      [2, "x"],
    ],
  });
  for (const other of [[], [1], [{}], [{ a: { b: 1 } }], [new Date()], [{ a: [1] }], { a: 1 }])
    assert.is(recordsTable(other), undefined);
});

test("a column of shares keeps three decimals when one of them is 1", () => {
  assert.equal(tableText({ columns: ["R@50"], rows: [[0.5625], [1]] }, 20).rows, [["0.563"], ["1.000"]]);
});

test.run();

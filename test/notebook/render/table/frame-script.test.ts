import { JSDOM } from "jsdom";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { frameHtml } from "../../../../lib/notebook/render/table/frame-html";

/** The frame in a page that runs its script. */
function open(columns: readonly string[], rows: readonly (readonly unknown[])[]) {
  const { document } = new JSDOM(`<body>${frameHtml({ columns, rows })}</body>`, { runScripts: "dangerously" }).window;
  const column = (j: number) =>
    [...document.querySelectorAll(`tbody tr td:nth-child(${j + 1})`)].map((cell) => cell.textContent);
  const click = (selector: string) => (document.querySelector(selector) as HTMLElement).click();
  return { document, column, click, foot: () => document.querySelector("[data-foot]")!.textContent! };
}

test("a click on a heading sorts, a second one turns round, a third restores; what is missing stays last", () => {
  const { column, click, document } = open(
    ["name", "n"],
    [
      ["b", 10],
      ["a", 9.5],
      ["c", null],
    ],
  );
  click("th:nth-child(2)");
  assert.equal(column(0), ["a", "b", "c"]); // 9.5 < 10: by value, not by text
  assert.is(document.querySelectorAll("th")[1]!.getAttribute("aria-sort"), "ascending");
  click("th:nth-child(2)");
  assert.equal(column(0), ["b", "a", "c"]);
  click("th:nth-child(2)");
  assert.equal(column(0), ["b", "a", "c"]);
  click("th:nth-child(1)");
  assert.equal(column(1), ["9.5", "10.0", "–"]);
});

test("a long frame is paged, and sorting goes over all of it", () => {
  const { column, click, foot } = open(
    ["n"],
    Array.from({ length: 45 }, (_, i) => [(i * 7) % 45]),
  );
  assert.is(column(0).length, 20);
  assert.match(foot(), "1–20 of 45");
  click("[aria-label='last rows']");
  assert.match(foot(), "41–45 of 45");
  assert.is(column(0).length, 5);
  click("th"); // back to the first page
  assert.equal(
    column(0),
    Array.from({ length: 20 }, (_, i) => String(i)),
  );
  click("[aria-label='next rows']");
  assert.is(column(0)[0], "20");
});

test("a cell is text, also one that would end the script", () => {
  const evil = "</script><img src=x onerror=document.title='run'>";
  const { column, document, click } = open(["x"], [[evil], ["b"]]);
  click("th");
  assert.ok(column(0).includes(evil));
  assert.is(document.querySelector("img"), null);
});

test("a frame too long for a notebook is cut, and says by how much", () => {
  const { foot } = open(
    ["n"],
    Array.from({ length: 10_500 }, (_, i) => [i]),
  );
  assert.match(foot(), "1–20 of 10000 (500 more are not in the notebook)");
});

test.run();

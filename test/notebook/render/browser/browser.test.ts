import { JSDOM, VirtualConsole } from "jsdom";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { withBrowsing } from "../../../../lib/core/browsing";
import { notebookHtml } from "../../../../lib/notebook/html/page";
import { browser } from "../../../../lib/notebook/render/browser/browser";
import { browserData } from "../../../../lib/notebook/render/browser/browser-data";
import type { BrowserOptions } from "../../../../lib/notebook/render/browser/options";
import { render } from "../../../../lib/notebook/render/render";
import type { RecordsOrFrame } from "../../../../lib/notebook/render/table/rows";

const rewrites = [
  { question: "aspirin", recall: 0.5, outcome: "found", query: "aspirin AND stroke", think: "Stroke matters." },
  { question: "statins", recall: 0.25, outcome: "missed", query: "statins", think: "Old people." },
  { question: "zinc", recall: null, outcome: "malformed", query: null, think: "no\nanswer" },
];
const options: BrowserOptions = { title: "Rewrites", text: [["question", "query"], "think"], filter: ["outcome"] };

const htmlOf = async (rows: RecordsOrFrame, options: BrowserOptions): Promise<string> =>
  String((await render(browser(rows, options)))["text/html"]);

/** The browser in a page that runs its script, and what a reader does there. */
async function open(rows: RecordsOrFrame, options: BrowserOptions) {
  const virtualConsole = new VirtualConsole().on("jsdomError", (error) => {
    throw error; // a script that fails is a failed test
  });
  const { window } = new JSDOM(`<body>${await htmlOf(rows, options)}</body>`, {
    runScripts: "dangerously",
    virtualConsole,
  });
  const { document } = window;
  const element = <T extends Element = HTMLElement>(selector: string) => document.querySelector<T>(selector)!;
  return {
    document,
    element,
    column: (j: number) =>
      [...document.querySelectorAll("tbody tr")]
        .filter((row) => row.querySelector("button"))
        .map((row) => row.children[j]!.textContent),
    click: (selector: string) => element(selector).click(),
    enter: (selector: string, value: string, event: string) => {
      element<HTMLInputElement>(selector).value = value;
      element(selector).dispatchEvent(new window.Event(event));
    },
    press: (key: string) =>
      document.activeElement!.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true })),
    foot: () => element("[data-foot]").textContent!,
    panels: () => [...document.querySelectorAll("td[colspan]")].map((panel) => panel.textContent),
  };
}

test("the table has the columns that are no long texts; a row opens and shows those whole, side by side", async () => {
  const { column, click, panels, element, document } = await open(rewrites, options);
  assert.equal(
    [...document.querySelectorAll("th")].map((head) => head.textContent),
    ["recall", "outcome"],
  );
  assert.equal(column(1), ["0.500", "0.250", "–"]);
  assert.equal(panels(), []);
  click("tbody tr:first-child button");
  assert.equal(panels(), ["questionaspirinqueryaspirin AND strokethinkStroke matters."]);
  assert.is(element("td[colspan] > div").children.length, 2); // question beside query
  assert.is(element("tbody button").getAttribute("aria-expanded"), "true");
  click("tbody tr:first-child button");
  assert.equal(panels(), []);
  click("tbody tr:nth-child(2)"); // the row itself, for a mouse
  assert.equal(panels(), ["questionstatinsquerystatinsthinkOld people."]);
});

test("without options, long texts open, the table has one line of the first two, and short ones filter", () => {
  const long = "x".repeat(61);
  const rows = Array.from({ length: 6 }, (_, i) => ({
    id: `q${i}`,
    outcome: i % 2 ? "better" : "worse",
    question: long,
    thought: "a\nb",
    query: long,
    found: ["1", "2", "3"].slice(0, i),
  }));
  const { columns, shown, texts, filters } = browserData(rows, {});
  const names = (places: readonly number[]) => places.map((j) => columns[j]!.name);
  assert.equal(names(shown), ["id", "outcome", "question", "thought", "found"]);
  assert.equal(texts.map(names), [["question", "thought", "query", "found"]]);
  assert.equal(names(filters), ["outcome"]);
});

test("a list is shown as its length, sorts by it, and opens to its values", async () => {
  const rows = [
    { qid: "a", found: ["7", "8"], missed: "1\n2\n3" },
    { qid: "b", found: [], missed: null },
  ];
  const { column, click, element } = await open(rows, {
    text: [["found", "missed"]],
    lists: ["found", "missed"],
    columns: ["qid", "found", "missed"],
  });
  assert.equal(
    [column(2), column(3)],
    [
      ["2", "0"],
      ["3", "–"],
    ],
  );
  click("th:nth-child(3) button"); // by the number found
  assert.equal(column(1), ["b", "a"]);
  click("tbody tr:last-child button");
  assert.is(element("details summary").textContent, "found (2)");
  assert.is(element("details div").textContent, "7\n8");
  assert.not.ok(element<HTMLDetailsElement>("details").open);
});

test("rows that say how they are looked through need no options", async () => {
  const rows = withBrowsing([{ a: 1, b: "text", c: 2 }], { columns: ["c"], text: ["b"] });
  const { document, click, panels } = await open(rows, {});
  assert.equal(
    [...document.querySelectorAll("th")].map((head) => head.textContent),
    ["c"],
  );
  click("tbody button");
  assert.equal(panels(), ["btext"]);
});

test("headings sort by value, then in reverse; a missing value is last in both; `sort` sorts beforehand", async () => {
  const { column, click, element } = await open(rewrites, options);
  click("th:nth-child(2) button");
  assert.equal(column(1), ["0.250", "0.500", "–"]);
  assert.is(element("th").getAttribute("aria-sort"), "ascending");
  click("th:nth-child(2) button");
  assert.equal(column(1), ["0.500", "0.250", "–"]);
  const given = await open(rewrites, { ...options, sort: "recall", descending: true });
  assert.equal(given.column(1), ["0.500", "0.250", "–"]);
  assert.is(given.element("th").getAttribute("aria-sort"), "descending");
});

test("a menu holds the values with their numbers of rows; the search goes over long texts as well", async () => {
  const { column, enter, foot, document } = await open(rewrites, options);
  assert.equal(
    [...document.querySelectorAll("option")].map((option) => option.textContent),
    ["all", "found (1)", "malformed (1)", "missed (1)"],
  );
  enter("select", "1", "change"); // values count from 0
  assert.equal(column(2), ["malformed"]);
  assert.is(foot(), "1 of 3 rows");
  enter("select", "", "change");
  enter("input[type=search]", "OLD people", "input");
  assert.equal(column(2), ["missed"]);
  enter("input[type=search]", "nothing like it", "input");
  assert.is(foot(), "0 of 3 rows");
});

test("more than twelve numbers are filtered by bounds, either of which may be absent", async () => {
  const rows = Array.from({ length: 15 }, (_, i) => ({ recall: i / 10, text: `t${i}` }));
  const { enter, foot } = await open(rows, { text: ["text"], filter: ["recall"] });
  enter("input[aria-label='smallest recall']", "0.5", "input");
  assert.is(foot(), "10 of 15 rows"); // 0.5 … 1.4
  enter("input[aria-label='largest recall']", "0.6", "input");
  assert.is(foot(), "2 of 15 rows");
});

test("a slider goes through the steps, from the last one; all steps at once on request", async () => {
  const rows = [10, 2, 10, 7].map((step, i) => ({ step, reward: i, completion: `c${i}` }));
  const { column, enter, element, click } = await open(rows, { step: "step", text: ["completion"] });
  assert.equal(column(1), ["0", "2"]); // step 10
  assert.is(element("output").textContent, "10 of 10");
  enter("input[type=range]", "0", "input");
  assert.equal(column(1), ["1"]); // step 2
  assert.is(element("input[type=range]").getAttribute("aria-valuetext"), "2 of 10");
  click("input[type=checkbox]");
  assert.equal(column(1), ["0", "1", "2", "3"]);
});

test("arrows go from row to row, and Enter is that of a button", async () => {
  const { document, element, press } = await open(rewrites, options);
  element("tbody button").focus();
  press("ArrowDown");
  assert.is(document.activeElement!.getAttribute("aria-label"), "open row 2");
  press("ArrowUp");
  press("ArrowUp"); // there is no row above the first
  assert.is(document.activeElement!.getAttribute("aria-label"), "open row 1");
});

test("forty-five rows are three pages; a filter begins at the first again", async () => {
  const rows = Array.from({ length: 45 }, (_, i) => ({ n: i, text: `text ${i % 2}` }));
  const { column, click, enter, foot } = await open(rows, { text: ["text"] });
  click("[aria-label='last rows']");
  assert.match(foot(), "41–45 of 45 rows");
  assert.equal(column(1), ["40", "41", "42", "43", "44"]);
  enter("input[type=search]", "text 1", "input");
  assert.match(foot(), "1–20 of 22 of 45 rows");
});

test("what rows hold is text, in every place and with every script", async () => {
  const evil = `</script><img src=x onerror="document.title='run'">&amp;`;
  const rows = [{ [evil]: evil, long: evil, kind: evil }];
  const page = await open(rows, { title: evil, text: ["long"], filter: ["kind"] });
  page.click("tbody button");
  for (const document of [
    page.document,
    new JSDOM(await htmlOf(rows, { title: evil, text: ["long"] })).window.document,
  ]) {
    assert.is(document.querySelector("img"), null);
    assert.is(document.title, "");
    assert.ok(document.body.textContent!.includes(evil));
  }
  assert.match(page.panels()[0]!, evil);
});

test("without a script the first ten rows are there, and their texts open", async () => {
  const rows = Array.from({ length: 12 }, (_, i) => ({ n: i, text: `text ${i}` }));
  const { document } = new JSDOM(await htmlOf(rows, { text: ["text"] })).window;
  assert.is(document.querySelectorAll("details").length, 10);
  assert.match(document.querySelector("details")!.textContent!, "text 0");
  assert.is(document.querySelector("[data-foot]")!.textContent, "… 2 more rows");
});

test("the exported page has the script once, and its browser works", async () => {
  const output = {
    output_type: "display_data" as const,
    metadata: {},
    data: { "text/html": await htmlOf(rewrites, options) },
  };
  const cell = {
    cell_type: "code" as const,
    id: "a",
    metadata: {},
    source: "browser(rows)",
    outputs: [output, output],
  };
  const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 } as Parameters<
    typeof notebookHtml
  >[0];
  const { document } = new JSDOM(notebookHtml(notebook), { runScripts: "dangerously" }).window;
  assert.is(document.querySelectorAll("[data-browser=live]").length, 2);
  assert.is([...document.querySelectorAll("script:not([type])")].length, 1);
  document.querySelector<HTMLElement>("tbody button")!.click();
  assert.match(document.querySelector("td[colspan]")!.textContent!, "Stroke matters.");
});

test("a frame is shown like records, and a list is one value a line", async () => {
  const frame = { columns: ["qid", "found"], values: [["q1", "PMID 1"]], index: [0] };
  assert.equal((await open(frame, { text: ["found"] })).column(1), ["q1"]);
  const { columns } = browserData([{ found: ["1", "2"], missed: [] }], {});
  assert.equal(
    columns.map(({ texts }) => texts),
    [["1\n2"], ["–"]],
  );
});

test("no rows are no error; a column that no row has is one, and a step that is no number", async () => {
  const empty = browser([], options);
  assert.is(empty.rows, 0);
  assert.match(String((await render(empty))["text/html"]), "no rows");
  assert.is((await render(empty))["text/plain"], "Rewrites\nno rows");
  assert.throws(
    () => browser(rewrites, { text: ["querry"] }),
    'browser: no row has a column "querry". Columns: question',
  );
  assert.throws(() => browser(rewrites, { step: "outcome" }), 'the column "outcome" is to have a slider');
});

test("rows that would make a notebook too large are left out, and their number is said", () => {
  // 1–2 + 94 + 2 × 3 characters a row.
  const rows = Array.from({ length: 30 }, (_, i) => ({ n: i, text: "x".repeat(94) }));
  assert.is(browserData(rows, { text: ["text"] }, { rows: 100, characters: 1010 }).left, 20);
  assert.is(browserData(rows, { text: ["text"] }, { rows: 7, characters: 1e6 }).left, 23);
});

test.run();

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Result } from "../../lib/evaluation/result";
import { rewrites } from "../../lib/evaluation/frames/rewrites";
import { notebookHtml } from "../../lib/notebook/html/page";
import * as plot from "../../lib/notebook/plot/plot";
import { browser as rowBrowser } from "../../lib/notebook/render/browser/browser";
import { render } from "../../lib/notebook/render/render";
import { notebook } from "../notebook/runner/bench";
import { temporaryFolder } from "../fixtures";
import { skip } from "../skip";
import { chromium, openBrowser, root } from "./browser";

/** The rewrite browser in an exported page, opened from the disk. Pictures go to runs/row-browser. */
const pictures = join(root, "runs", "row-browser");
const file = join(temporaryFolder(), "page.html");
const evil = `<img src=x onerror="document.title='run'">`;
let browser: Browser;
let page: Page;

/** Twenty-five questions: typed finds one document, the model two or none; one question is HTML. */
const results = (): Result[] =>
  Array.from({ length: 25 }, (_, i) => {
    const question = i === 3 ? `Does ${evil} work?` : `Does treatment ${i} help people with a condition of some kind?`;
    const about = { qid: `q${String(i).padStart(2, "0")}`, question };
    const better = i % 5 !== 0;
    const typed: Result = { ...about, system: "typed", query: question, measures: { recall: 0.25 } };
    const model: Result = {
      ...about,
      system: "the model",
      query: `( treatment ${i} OR brand ${i} ) AND ( condition OR its synonym OR its other synonym )`,
      measures: { recall: better ? 0.5 + i / 100 : 0 },
      written: { completion: "…", reasoning: `First line ${i}.\n${"A thought that goes on. ".repeat(12)}` },
      documents: { found: better ? ["d1", "d2"] : [], missed: Array.from({ length: 30 }, (_, d) => `m${d}`) },
    };
    return [typed, model];
  }).flat();

async function exported(): Promise<string> {
  const bundle = async (value: unknown) => ({
    output_type: "display_data" as const,
    data: (await render(value)) as Record<string, unknown>,
    metadata: {},
  });
  const made = notebook("await show(browser(rewrites(results)))", "await show(plot.bars(rows))", "await show(rows)");
  made.cells[0]!.outputs = [await bundle(rowBrowser(rewrites(results())))];
  const features = { matches: 1, relevant: 1, words: 9, characters: 61, operators: 0, or: 0, and: 0, not: 0, depth: 0 };
  made.cells[2]!.outputs = [await bundle([{ query: "Does a treatment help people with something?", ...features }])];
  made.cells[1]!.outputs = [await bundle(plot.bars([{ a: "x", b: 1 }], "a", "b", { title: "Bars" }))];
  return notebookHtml(made);
}

const rows = () => page.locator("[data-browser] tbody tr:has(> td > button)");
const column = async (name: string) => {
  const heads = await page.locator("[data-browser] th").allTextContents();
  const at = heads.findIndex((head) => head.replace(/\s[▲▼]$/, "") === name);
  return page.locator(`[data-browser] tbody tr:has(> td > button) > td:nth-child(${at + 2})`).allTextContents();
};

if (chromium === undefined) skip("no Chromium");
else {
  test.before(async () => {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(file, await exported());
    ({ browser, page } = await openBrowser());
    page.on("request", (request) => assert.match(request.url(), /^(file|data|blob):/)); // no network
    await page.goto(pathToFileURL(file).href);
    await page.locator("[data-browser=live]").waitFor();
  });
  test.after(() => browser.close());

  for (const width of [1280, 800])
    test(`at ${width} px a row is one line and nothing is wider than the page`, async () => {
      await page.setViewportSize({ width, height: 1000 });
      const heights = await rows().evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
      assert.is(heights.length, 20);
      assert.ok(Math.max(...heights) < 34, `${Math.max(...heights)} px`);
      const over = await page.evaluate(() => ({
        page: document.documentElement.scrollWidth - window.innerWidth,
        table: ((box) => box.scrollWidth - box.clientWidth)(
          document.querySelector("[data-browser] table")!.parentElement!,
        ),
      }));
      assert.equal([Math.max(0, over.page), Math.max(0, over.table)], [0, 0]);
      const cut = await page
        .locator("[data-browser] th:visible")
        .evaluateAll((heads) =>
          heads.filter((head) => head.scrollWidth > head.clientWidth).map((head) => head.textContent),
        );
      assert.equal(cut, [], "headings that reach into the next one");
      // The query is what a reader came for. The question, like the lists, stands in the opened row as well.
      const query = page.locator("[data-browser] th", { hasText: /^query/ });
      assert.ok((await query.boundingBox())!.width >= 120);
      assert.is(await page.locator("[data-browser] th:visible", { hasText: /^found/ }).count(), width > 1000 ? 1 : 0);
      await page.screenshot({ path: join(pictures, `rows-${width}.png`) });
    });

  test("a frame that cannot be as narrow as the text is not cut where the window has room", async () => {
    for (const width of [1280, 800]) {
      await page.setViewportSize({ width, height: 1000 });
      const over = await page
        .locator("[data-frame]")
        .evaluateAll((frames) => frames.map((frame) => frame.scrollWidth - frame.clientWidth));
      assert.equal(over, [0], `at ${width} px`);
      assert.is(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0);
    }
  });

  test("found and missed are counts, and the largest loss stands first", async () => {
    await page.setViewportSize({ width: 1280, height: 1000 });
    assert.equal((await column("found")).slice(0, 6), ["0", "0", "0", "0", "0", "2"]);
    assert.equal((await column("missed"))[0], "30");
    assert.is((await column("change"))[0], "-0.250");
  });

  test("a heading sorts, by keyboard too, and says so", async () => {
    const head = page.locator("[data-browser] th", { hasText: /^change/ });
    await head.locator("button").focus();
    await page.keyboard.press("Enter");
    assert.is(await head.getAttribute("aria-sort"), "ascending");
    await page.keyboard.press("Enter");
    assert.is(await head.getAttribute("aria-sort"), "descending");
    assert.is((await column("change"))[0], "0.490"); // .5 + .24 − .25
  });

  test("a menu filters by outcome, and the search by any text", async () => {
    await page.selectOption("[data-browser] select", { label: "worse (5)" });
    assert.is(await rows().count(), 5);
    await page.selectOption("[data-browser] select", { label: "all" });
    await page.fill("[data-browser] input[type=search]", "first line 7.");
    assert.is(await rows().count(), 1);
  });

  test("Enter opens a row: the thought, and the documents behind a heading that opens", async () => {
    const button = rows().first().locator("button");
    await button.focus();
    await page.keyboard.press("Enter");
    assert.is(await button.getAttribute("aria-expanded"), "true");
    const panel = page.locator("[data-browser] td[colspan]");
    assert.match((await panel.textContent())!, "A thought that goes on.");
    const missed = panel.locator("details", { hasText: "missed (30)" });
    assert.not.ok(await missed.locator("div").isVisible());
    await missed.locator("summary").press("Enter");
    assert.ok(await missed.locator("div").isVisible());
    await page.screenshot({ path: join(pictures, "open.png") });
  });

  test("HTML in a question is text", async () => {
    await page.fill("[data-browser] input[type=search]", "onerror");
    assert.is(await rows().count(), 1);
    await rows().first().click();
    assert.match((await page.locator("[data-browser] td[colspan]").textContent())!, evil);
    assert.is(await page.locator("[data-browser] img").count(), 0);
    assert.is.not(await page.title(), "run");
  });

  test("a figure has the ground of the page, in the dark as well", async () => {
    const ground = () =>
      page
        .locator("[data-plot] .main-svg")
        .first()
        .evaluate((svg) => getComputedStyle(svg).background);
    await page.locator("[data-plot] .main-svg").first().waitFor();
    assert.match(await ground(), "rgb(255, 255, 255)");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() =>
      getComputedStyle(document.querySelector("[data-plot] .main-svg")!).background.includes("rgba(0, 0, 0, 0)"),
    );
    await page.screenshot({ path: join(pictures, "dark.png") });
  });
}

test.run();

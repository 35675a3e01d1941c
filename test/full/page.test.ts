import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { SearchEngine } from "../../lib/core/roles";
import { HttpError } from "../../lib/serving/http/http-error";
import { type Listening, listen } from "../../lib/serving/http/listen";
import { createServer } from "../../lib/serving/http/server";
import { pageService } from "../../lib/serving/page/page-service";
import { rewriteTasks } from "../../lib/serving/rewriting/rewrite-tasks";
import { rewritingService } from "../../lib/serving/rewriting/rewriting-service";
import type { TextSource } from "../../lib/serving/rewriting/text-source";
import { skip } from "../skip";
import { chromium, openBrowser, root } from "./browser";

/** The page at / in Chromium, in front of a model and engines that do what a test says. Pictures go to runs/page. */
const pictures = join(root, "runs", "page");
const evil = `<img src=x onerror="document.title='run'">`;
const thought = ["Synonyms of asthma are wheeze and ", `bronchial asthma. ${evil} `, "Aspirin is ASA."];
const query = `(asthma OR wheeze) AND (aspirin OR "ASA") ${evil.replaceAll('"', "'")}`;

/** Set by a test: what the model does next, and what lets it go on. */
let failing: Error | undefined;
let goOn: (() => void) | undefined;
const source: TextSource = {
  name: "model-7",
  async *write() {
    if (failing) throw failing;
    yield thought[0]!;
    if (goOn) await new Promise<void>((resolve) => (goOn = resolve));
    yield* thought.slice(1);
    const end = `</think>\n<answer>${JSON.stringify({ query })}</answer>`;
    yield end;
    return { text: thought.join("") + end, tokens: [], logps: [], finished: true };
  },
};

/** The question as typed finds d1 to d3; the rewrite d2 to d30. Of the relevant ones, d1, d2, d4, d5 and d99. */
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `d${from + i}`);
const engine: SearchEngine = {
  name: "the engine",
  search: async (text, k) => {
    const found = text === query ? ids(2, 30) : ids(1, 3);
    const warnings = text === query ? [`dropped ${evil}`] : [];
    return { hits: found.slice(0, k).map((docId, i) => ({ docId, score: -i })), total: found.length, warnings };
  },
};
const down: SearchEngine = {
  name: "ClinicalTrials.gov",
  search: async () => {
    throw new SearchUnavailable("ClinicalTrials.gov", "HTTP 503", "Try again in some minutes.", { outage: "server" });
  },
};
const question = `Does aspirin ${evil} help people with asthma?`;

async function served(apiKey = ""): Promise<Listening> {
  const engines: Readonly<Record<string, SearchEngine>> = { pubmed: engine, ctgov: down };
  const rewriting = rewritingService({
    source,
    tasks: rewriteTasks(),
    engineOf: (task) => (engines[task] ? Promise.resolve(engines[task]!) : undefined),
    seconds: 20,
  });
  const page = pageService({
    pubmed: async () => ({
      examples: [{ id: "q1", query: question, relevant: ["d1", "d2", "d4", "d5", "d99"] }],
      titleOf: (id) => (id === "d30" ? undefined : `Title ${evil} of ${id}`),
    }),
  });
  return listen(await createServer([rewriting, page], { logLevel: "silent", apiKey }), { port: 0, graceSeconds: 0.1 });
}

let server: Listening;
let browser: Browser;
let page: Page;
const faults: string[] = [];
const text = (id: string) => page.locator(`#${id}`).innerText();
const ask = async (typed: string, task = "pubmed") => {
  await page.selectOption("#task", task);
  await page.fill("#question", typed);
  await page.press("#question", "Enter");
};
const said = (words: RegExp, id = "status") =>
  page.locator(`#${id}`).filter({ hasText: words }).waitFor({ timeout: 10_000 });

if (chromium === undefined) skip("no Chromium");
else {
  test.before(async () => {
    mkdirSync(pictures, { recursive: true });
    server = await served();
    ({ browser, page } = await openBrowser());
    page.on("console", (message) => {
      // a status such as 502 is told there as well; what the policy refuses is a fault
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => assert.match(request.url(), /^(http:\/\/127\.0\.0\.1:|data:)/)); // no network
    await page.goto(server.url);
    await said(/model-7/, "model");
    await page.evaluate("globalThis.__name = (named) => named"); // what tsx writes into the functions below
  });
  test.before.each(() => void ([failing, goOn] = [undefined, undefined]));
  test.after(async () => {
    await browser.close();
    await server.close();
  });

  test("by keyboard alone a question is asked and its stream is seen", async () => {
    goOn = () => undefined;
    await page.focus("#task");
    await page.keyboard.press("Tab"); // the questions whose answers are known
    await page.keyboard.press("ArrowDown");
    assert.is(await page.inputValue("#question"), question);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await said(/Synonyms of asthma/, "reasoning");
    assert.not.match(await text("reasoning"), "ASA");
    assert.equal([await page.isDisabled("#ask"), await page.isDisabled("#stop")], [true, false]);
    await page.screenshot({ path: join(pictures, "stream.png") });
    goOn();
    await said(/Of 5 relevant documents, the rewrite found 3 and the question 2/);
    assert.is(await text("reasoning"), thought.join("").trim());
  });

  test("both queries stand side by side with what they found, and what the other one missed", async () => {
    assert.is(await text("typed-query"), question);
    assert.is(await text("rewritten-query"), query);
    assert.match(await text("typed-results"), /3 documents found[^]*40 % \(2 of 5 relevant\)/);
    assert.match(await text("rewritten-results"), /29 documents found[^]*60 % \(3 of 5 relevant\)/);
    const groups = await page.locator("#difference summary").allInnerTexts();
    assert.equal(groups, [
      "Only the question as typed found: 1",
      "Only the rewritten query found: 27, 2 of them relevant",
      "Both found: 2, 1 of them relevant",
      "Relevant, and neither found: 1",
    ]);
    const [typed, rewritten] = await Promise.all(
      ["typed-head", "rewritten-head"].map((id) => page.locator(`#${id}`).boundingBox()),
    );
    assert.ok(typed!.y === rewritten!.y && typed!.x < rewritten!.x);
    await page.locator("#difference summary").first().press("Enter");
    assert.match(await page.locator("#difference details").first().innerText(), /of d1/);
    await page.locator("#rewritten-results button", { hasText: "Show 19 more" }).press("Enter");
    assert.is(await page.locator("#rewritten-results li").count(), 29);
    await page.screenshot({ path: join(pictures, "results.png"), fullPage: true });
  });

  test("HTML in question, reasoning, query, titles and warnings is text", async () => {
    assert.is(await page.locator("img").count(), 0);
    assert.is(await page.title(), "DeepRetrieval");
    assert.match(await text("reasoning"), evil);
    assert.match(await text("rewritten-results"), `Warning: dropped ${evil}`);
    assert.match(await text("rewritten-results"), `Title ${evil} of d2`);
  });

  test("in the dark and at 400 px nothing is wider than the page, and each text has WCAG's contrast (AA)", async () => {
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 1280],
      ["dark", 400],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 1000 });
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll("body *")]
          .filter((each) => each.getBoundingClientRect().right > window.innerWidth)
          .map(({ tagName, id }) => `${tagName} ${id}`),
      );
      assert.equal(wide, [], `${width} px`);
      const low = await page.evaluate(lowContrast);
      assert.equal(low, [], colorScheme);
      await page.screenshot({ path: join(pictures, `${colorScheme}-${width}.png`), fullPage: true });
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 1000 });
  });

  test("every control has a name, status and errors are live regions", async () => {
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll("input, select, textarea, button")]
        .filter((each) => !((each as HTMLInputElement).labels?.length || each.textContent!.trim()))
        .map(({ id }) => id),
    );
    assert.equal(unnamed, []);
    assert.equal([await page.getByRole("status").count(), await page.getByRole("alert").count()], [1, 1]);
  });

  test("an engine that is down, a queue that is full, a slow model: each in words, never an empty result", async () => {
    await ask("a?", "ctgov");
    await said(
      /engine, or the model behind this server, is down[^]*ClinicalTrials\.gov did not answer: HTTP 503/,
      "error",
    );
    assert.is(await text("rewritten-query"), query); // the rewrite is there all the same
    assert.match(await text("rewritten-results"), "Not answered");
    assert.not.match(await text("rewritten-results"), "0 documents");
    await page.screenshot({ path: join(pictures, "engine-down.png") });
    for (const [error, words] of [
      [
        new HttpError(429, "256 completions wait.", { code: "queue_full", retryAfter: 3 }),
        /queue of the server is full\. Try again in 3 seconds\.\s+256/,
      ],
      [new HttpError(504, "The answer took more than 5 seconds."), /took too long/],
      [new Error("secret"), /server failed\.\s+The server failed at this request/],
    ] as const) {
      failing = error;
      await ask("a?");
      await said(words, "error");
    }
  });

  test("Escape stops an answer; a task without an engine is rewritten only", async () => {
    goOn = () => undefined;
    await ask("a?");
    await said(/Synonyms/, "reasoning");
    await page.keyboard.press("Escape");
    await said(/^Stopped\.$/);
    assert.is(await page.isDisabled("#ask"), false);
    goOn = undefined;
    await ask("a?", "evidence");
    await said(/evidence has no search engine here/);
    assert.is(await text("rewritten-query"), query);
  });

  test("a server that stops in the middle, and one that is not there any more, are said to be so", async () => {
    goOn = () => undefined;
    await ask("a?");
    await said(/Synonyms/, "reasoning");
    await server.close();
    await said(/does not answer any more. Has it been stopped/, "error");
    goOn = undefined;
    await ask("a?");
    await said(/does not answer\. Has it been stopped/, "error");
    await page.screenshot({ path: join(pictures, "stopped.png") });
  });

  test("a server with a key asks for it; a wrong one is said to be wrong", async () => {
    server = await served("k1");
    await page.goto(server.url);
    await said(/asks for an API key/, "error");
    await page.fill("#key", "k2");
    await page.click("#key-use");
    await said(/not the one of this server/, "error");
    await page.fill("#key", "k1");
    await page.press("#key", "Tab");
    await page.keyboard.press("Enter");
    await said(/model-7/, "model");
    assert.is(await text("error"), "");
    await ask("a?");
    await said(/The rewrite found 29 documents, the question 3/);
  });

  test("the browser refused nothing of the page and nothing in it threw", () => assert.equal(faults, []));
}

/** Texts on the page with less than 4.5 : 1 to their ground. */
function lowContrast(): string[] {
  const parts = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = (color: string) => {
    const [r, g, b] = parts(color).map((part) => {
      const value = part / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const ground = (element: Element | null): string => {
    if (!element) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return parts(backgroundColor)[3] === 0 ? ground(element.parentElement) : backgroundColor;
  };
  return [...document.querySelectorAll("body *")].flatMap((element) => {
    const own = [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent!.trim());
    if (!own || !(element as HTMLElement).offsetParent || (element as HTMLButtonElement).disabled) return [];
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a! + 0.05) / (b! + 0.05);
    return ratio < 4.5 ? [`${element.textContent!.slice(0, 30)} ${ratio.toFixed(2)}`] : [];
  });
}

test.run();

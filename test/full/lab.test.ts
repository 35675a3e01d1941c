import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readNotebook, writeNotebook } from "../../lib/notebook/runner/nbformat";
import { injectParameters } from "../../lib/notebook/runner/parameters";
import { chromium, openBrowser, root, serveLab, type LabServer } from "./browser";
import { skip } from "../skip";

/**
 * What a person sees of training in JupyterLab 4: Chromium opens the training notebook and uses it. Pictures go to
 * runs/lab-test.
 */
const pictures = join(root, "runs", "lab-test");
const home = mkdtempSync(join(tmpdir(), "deepretrieval-home-"));
const file = join(pictures, "pubmed_train.ipynb"); // a copy: Lab saves what it shows
const trained = join(home, "ppo");
let server: LabServer;
let browser: Browser;
let page: Page;

const inCell = (text: string) => page.locator(".jp-CodeCell", { hasText: text }).first();
const training = () => inCell("ppo(policy, train");
const barWidth = async (): Promise<number> => {
  const style = await training().locator("div[style*='width:'][style*='%']").last().getAttribute("style");
  return Number(/width:([\d.]+)%/.exec(style ?? "")?.[1]);
};
const menu = async (name: string, item: string) => {
  await page.locator(".lm-MenuBar-item", { hasText: name }).click();
  await page.locator(".lm-Menu-item", { hasText: item }).first().click();
};
const picture = async (name: string) => void (await page.screenshot({ path: join(pictures, `${name}.png`) }));
/** Lab's plotly extension shows the picture, and draws when the reader points at it. */
const plotDrawn = async (cell: Locator) => {
  await cell.scrollIntoViewIfNeeded(); // Lab renders what is seen
  const still = cell.locator("img.plot-img");
  await still.scrollIntoViewIfNeeded();
  const [picture, output] = [
    await still.boundingBox(),
    await cell.locator(".jp-OutputArea-output").first().boundingBox(),
  ];
  assert.ok(
    picture!.width > 300 && picture!.width <= output!.width + 1,
    `a picture of ${picture!.width} px in ${output!.width} px`,
  );
  await page.mouse.move(picture!.x + picture!.width / 2, picture!.y + 40);
  await cell.locator(".main-svg .trace").first().waitFor();
  await page.waitForTimeout(500); // its transition
};

const lacking =
  chromium === undefined
    ? "Chromium (Debian: apt install chromium)"
    : spawnSync("python3", ["-c", "import venv, ensurepip"]).status !== 0
      ? "Python 3 with venv"
      : undefined;
if (lacking) skip(`no ${lacking}`);
const check = lacking ? test.skip : test;

test.before(async () => {
  if (lacking) return;
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  const notebook = readNotebook(join(root, "notebooks/pubmed_train.ipynb"));
  // longer than anybody waits
  writeNotebook(file, injectParameters(notebook, { steps: 300, batchSize: 2, limit: 3, folder: trained }));
  server = await serveLab(file, home);
  ({ browser, page } = await openBrowser());
  page.setDefaultTimeout(300_000);
});

test.after(async () => {
  if (page) await picture("6-at-the-end");
  await browser?.close();
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

check("the notebook opens with our kernel, and nothing asks which", async () => {
  await page.goto(server.url);
  await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor();
  await page.locator(".jp-Toolbar-kernelName", { hasText: "DeepRetrieval (TypeScript)" }).waitFor();
  await page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").waitFor();
  assert.is(await page.locator(".jp-Dialog").count(), 0);
  await picture("1-opened");
});

check("run all: a frame is a table, and the bar of the training moves", async () => {
  await menu("Run", "Run All Cells");
  const frame = inCell("await show(summary(typed))").locator("table");
  await frame.waitFor({ state: "attached" });
  await frame.scrollIntoViewIfNeeded(); // what is out of sight has no text: Lab renders what is seen
  await frame.locator("td", { hasText: "question as typed" }).first().waitFor();
  await frame.locator("th", { hasText: "system" }).click();
  assert.match((await frame.textContent())!, /expert query[^]*question as typed/); // sorted: e before q
  await picture("2-frame");

  await training().locator("div[style*='width:']").first().waitFor();
  const seen = new Set<number>();
  while (seen.size < 3) {
    seen.add(await barWidth());
    await page.waitForTimeout(500);
  }
  const widths = [...seen];
  assert.equal(
    widths,
    [...widths].sort((a, b) => a - b),
    "the bar grows",
  );
  assert.match(await training().locator(".jp-OutputArea").innerText(), /step \d+\/300.* s\/step .* left/);
  await training().locator(".jp-OutputArea").scrollIntoViewIfNeeded();
  await picture("3-training");
});

let stoppedAt = 0;

check("interrupt: the training stops after its step, keeps its curves, and starts nothing after it", async () => {
  await page.locator("[data-command='notebook:interrupt-kernel'], [title^='Interrupt the kernel']").first().click();
  await training().locator(".jp-OutputArea", { hasText: "stopped" }).waitFor();
  await page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").waitFor();
  const ended = await training().locator(".jp-OutputArea").innerText();
  stoppedAt = Number(/(\d+) of 300 steps, stopped/.exec(ended)?.[1]);
  assert.ok(stoppedAt >= 1, ended);
  await plotDrawn(training());
  assert.is(
    (await inCell("## After").count()) + (await inCell("const after =").locator(".jp-OutputArea-output").count()),
    0,
  );
  await picture("4-interrupted");
});

check("continue: with resume set it goes on from that step, and the cells after it run", async () => {
  const injected = inCell("Set from outside").locator(".cm-content");
  await injected.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(`resume = true; steps = ${stoppedAt + 2};`);
  await page.keyboard.press("Shift+Enter");
  await training().locator(".cm-content").click();
  await menu("Run", "Run Selected Cell and All Below");
  const last = inCell("policy.save(");
  await last.locator(".jp-OutputArea-output", { hasText: "policy after RL" }).waitFor();
  // stoppedAt + 1 and + 2, none of the earlier again
  assert.match(await training().locator(".jp-OutputArea").innerText(), /^2 steps: reward/m);
  await plotDrawn(inCell("plot.bars"));
  await picture("5-continued");
  const complaints = page.locator(
    "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']",
  );
  assert.equal(await complaints.allInnerTexts(), []);
});

test.run();

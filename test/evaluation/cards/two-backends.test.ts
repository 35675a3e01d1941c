import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { comparisonText } from "../../../lib/cli/notebooks/reproduce";
import { compareCards } from "../../../lib/evaluation/cards/compare-cards";
import { runCard } from "../../../lib/evaluation/cards/read-card";
import { evaluate } from "../../../lib/evaluation/evaluate";
import { model } from "../../../lib/models/model";
import { rewriter } from "../../../lib/serving/rewriter";
import { pubmed } from "../../../lib/tasks/pubmed";
import { temporaryFolder } from "../../fixtures";
import { skip } from "../../skip";

/** The small policy of the project on each backend that is here: two cards, and what their comparison says. */

test("one evaluation on two backends: the cards name them, and say how far the numbers are apart", async () => {
  const task = await pubmed({ split: "test", limit: 4 });
  const folders: Record<string, string> = {};
  for (const name of ["native", "wasm", "cpu"] as const) {
    if (Object.keys(folders).length === 2) break;
    const { name: chosen } = await useBackend(name).catch(() => ({ name: "none" }));
    if (chosen !== name) continue;
    const policy = await model("data/checkpoints/pubmed-coldstart");
    const folder = (folders[name] = temporaryFolder());
    for await (const _ of evaluate(task, { "the model": rewriter(policy, task, { maxTokens: 48 }) }, { folder }));
    policy.dispose();
  }
  const [first, second] = Object.keys(folders) as [string, string];
  console.log(`backends: ${first} and ${second}`);
  const [before, after] = [runCard(folders[first]!), runCard(folders[second]!)];
  const compared = compareCards(before, after);
  const told = compared.circumstances.find(({ what }) => what === "the model: backend");
  assert.equal(told, { what: "the model: backend", before: first, after: second });
  assert.is(compared.sameData, true);
  assert.not.ok(compared.circumstances.some(({ what }) => what === "the model: weights"));
  const [number] = compared.numbers;
  const [was, is] = [before, after].map((card) => card.systems[0]!.measures["R@50"]!.mean) as [number, number];
  assert.equal([number!.before, number!.after, number!.difference], [was, is, is - was]);
  const text = comparisonText(compared);
  assert.match(text, new RegExp(`the model: backend: ${first} → ${second}`));
  if (before.systems[0]!.queriesHash === after.systems[0]!.queriesHash) assert.is(number!.agreement, "equal");
  else assert.match(text, /the model: what it wrote: [0-9a-f]+ → [0-9a-f]+/);
  if (!existsSync("dist/cli/notebooks/reproduce.js")) return skip("not built");
  const cards = [first, second].map((name) => join(folders[name]!, "run-card.json"));
  const { stdout, status } = spawnSync(process.execPath, ["dist/cli/main.js", "reproduce", ...cards], {
    encoding: "utf8",
  });
  assert.match(stdout, new RegExp(`the model: backend: ${first} → ${second}`));
  assert.is(status, compared.agrees ? 0 : 1);
});

test.run();

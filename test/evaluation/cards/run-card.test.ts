import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { comparisonText } from "../../../lib/cli/notebooks/reproduce";
import type { Rewriter, Task } from "../../../lib/core/roles";
import { compareCards } from "../../../lib/evaluation/cards/compare-cards";
import { cardText, parsedCard, runCard } from "../../../lib/evaluation/cards/read-card";
import { evaluate } from "../../../lib/evaluation/evaluate";
import { temporaryFolder } from "../../fixtures";

const task = (found: string): Task & { k: number } => ({
  name: "letters",
  k: 10,
  problems: ["a", "b", "c", "d"].map((query) => ({ id: query, query, judgments: { x: 1 } })),
  prompt: ({ query }) => `<think>${query}`,
  score: () => assert.unreachable("evaluation does not reward") as never,
  search: async (_, query) => ({
    hits: found.includes(query) ? [{ docId: "x", score: 1 }] : [],
    total: 1,
    warnings: [],
  }),
});
const typed: Rewriter = {
  name: "typed",
  about: () => ({ backend: "none" }),
  rewrite: async (some) => some.map(({ query }) => query),
};
async function cardOf(found: string, folder = temporaryFolder()) {
  for await (const _ of evaluate(task(found), [typed], {
    folder,
    limit: 3,
    seed: 7,
    recipe: { notebook: "n.ipynb", parameters: { limit: 3 } },
  }));
  return runCard(folder);
}

test("a run card says what was asked of which data, where it ran and what came of it", async () => {
  const card = await cardOf("abcd");
  assert.equal([card.status, card.task, card.metrics], ["complete", { name: "letters", k: 10 }, ["SetR"]]);
  assert.equal([card.settings, card.data.problems], [{ limit: 3, seed: 7 }, 3]);
  assert.equal(card.systems[0]!.about, { backend: "none" });
  assert.is(card.systems[0]!.measures["SetR"]!.mean, 1);
  assert.is(card.environment.node, process.version);
  assert.match(
    cardText(card),
    /typed: 3 questions, 0 failed, 0 malformed\n  backend none\n  SetR 1\.0000 \[1\.0000, 1\.0000\]/,
  );
  assert.equal(card.recipe, { notebook: "n.ipynb", parameters: { limit: 3 } });
});

test("two cards agree where data and numbers do, and say where and by how much they do not", async () => {
  const [first, again, other] = [await cardOf("abcd"), await cardOf("abcd"), await cardOf("")];
  assert.equal(compareCards(first, again).numbers, [
    { system: "typed", metric: "SetR", before: 1, after: 1, difference: 0, agreement: "equal" },
  ]);
  assert.is(compareCards(first, again).agrees, true);
  const worse = compareCards(first, other);
  assert.equal([worse.agrees, worse.sameData, worse.numbers[0]!.agreement], [false, true, "differs"]);
  assert.match(comparisonText(worse), /typed, SetR: 1\.000000 → 0\.000000  differs \(-1\.00e\+0\)/);
  const elsewhere = {
    ...again,
    environment: { ...again.environment, processor: "another" },
    data: { ...again.data, problemsHash: "0" },
  };
  const moved = compareCards(first, elsewhere);
  assert.is(moved.agrees, false);
  assert.equal(
    moved.circumstances.map(({ what }) => what),
    ["problems", "environment: processor"],
  );
});

test("cards whose systems wrote otherwise say so, and those with other failures do not agree", async () => {
  const card = await cardOf("abcd");
  const [system] = card.systems;
  const written = compareCards(card, { ...card, systems: [{ ...system!, queriesHash: "0" }] });
  assert.equal([written.agrees, written.circumstances.map(({ what }) => what)], [true, ["typed: what it wrote"]]);
  const failed = compareCards(card, { ...card, systems: [{ ...system!, failed: 1 }] });
  assert.equal([failed.agrees, failed.sameQuestions], [false, false]);
  assert.equal(failed.circumstances, [
    { what: "typed: questions", before: "3, 0 failed, 0 malformed", after: "3, 1 failed, 0 malformed" },
  ]);
  assert.match(comparisonText(failed), /did not answer as many questions/);
  const { queriesHash: _, ...older } = system!; // a card that was written before there was one
  assert.is(compareCards(card, { ...card, systems: [older] }).agrees, true);
});

test("an evaluation that was stopped has a card that says so", async () => {
  const folder = temporaryFolder();
  const run = evaluate(task("abcd"), [typed], { folder });
  await run.next();
  await run.return();
  assert.equal([runCard(folder).status, runCard(folder).systems[0]!.queries], ["incomplete", 1]);
});

test("a card of another version, another file and an empty folder are refused in words", async () => {
  const folder = temporaryFolder();
  const card = await cardOf("abcd", folder);
  const file = join(folder, "run-card.json");
  const refused = (text: string): string => {
    writeFileSync(file, text);
    try {
      runCard(file);
      return "not refused";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };
  assert.match(
    refused(JSON.stringify({ ...card, version: 2 })),
    /CorruptData: .*the run card is of version 2, .*reads version 1\. Update this library/,
  );
  assert.match(refused(JSON.stringify({ ...card, version: 0 })), /version 0, .*Evaluate again/);
  assert.match(refused("{}"), /it is no run card/);
  const text = JSON.stringify(card);
  assert.match(refused(text.slice(0, text.length / 2)), /it is not JSON \(.*is all of it here\?/);
  assert.match(refused(""), /it is empty/);
  assert.throws(() => runCard(temporaryFolder()), /there is no run card at/);
});

test("a card that lacks a part, or has a measure that is no number, is refused and never compared", async () => {
  const card = await cardOf("abcd");
  const [system] = card.systems;
  const measure = system!.measures["SetR"]!;
  const measuring = (mean: unknown) => [{ ...system, measures: { SetR: { ...measure, mean } } }];
  const wrong: readonly (readonly [change: object, why: RegExp])[] = [
    [{ systems: measuring(null) }, /the run card has null as mean of SetR of "typed", which is no number/],
    [{ systems: measuring("0.5") }, /"0\.5" as mean of SetR/],
    [{ systems: [{ ...system, measures: { SetR: null } }] }, /undefined as mean of SetR/],
    [{ systems: [{ system: "typed" }] }, /a system "typed" without about or measures/],
    [{ systems: ["typed"] }, /no name in its system 0/],
    [{ systems: [{ ...system, failed: undefined }] }, /undefined as failed of "typed"/],
    [{ systems: undefined }, /no list of systems/],
    [{ metrics: "SetR" }, /no list of metrics/],
    [{ data: {} }, /no problemsHash in its data/],
    [{ environment: undefined }, /no environment/],
    [{ task: null }, /no task/],
    [{ recipe: {} }, /a recipe without a notebook/],
  ];
  for (const [change, why] of wrong)
    assert.throws(() => parsedCard("card.json", JSON.stringify({ ...card, ...change })), why);
  assert.equal(parsedCard("card.json", JSON.stringify(card)).systems, card.systems);
});

test("reproduce compares two cards, and says what it lacks to run one again", async () => {
  if (!existsSync("dist/cli/notebooks/reproduce.js")) return;
  const [a, b] = [temporaryFolder(), temporaryFolder()];
  await cardOf("abcd", a);
  await cardOf("abc", b);
  const call = (...args: string[]) =>
    spawnSync(process.execPath, ["dist/cli/main.js", "reproduce", ...args], { encoding: "utf8" });
  const card = (folder: string) => join(folder, "run-card.json");
  assert.is(call(card(a), card(a)).status, 0);
  assert.is(call(a, card(a)).status, 0); // the folder of an evaluation stands for its card
  assert.match(call(temporaryFolder()).stderr, /run-card\.json: there is no such file/);
  assert.match(call(card(a), card(a), card(b)).stderr, /2 at a time; also given/);
  const compared = call(card(a), card(b), "--json");
  assert.is(JSON.parse(compared.stdout).numbers[0].before, 1);
  assert.match(call(card(a)).stderr, /was made by n\.ipynb, which is not here/);
  const { recipe: _, ...bare } = JSON.parse(readFileSync(card(a), "utf8"));
  writeFileSync(card(a), JSON.stringify(bare));
  assert.match(call(card(a)).stderr, /names no notebook that made it/);
  assert.is(call(card(a)).status, 2);
});

test.run();

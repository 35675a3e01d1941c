import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatErrors, measureComponent } from "../../../lib/core/reward-components";
import type { Task } from "../../../lib/core/roles";
import { rollouts } from "../../../lib/evaluation/frames/rollouts";
import { useBackend } from "../../../lib/backend/choose";
import { watch } from "../../../lib/notebook/live/watch";
import { ppo } from "../../../lib/training/ppo";
import { lettersTask, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const home = mkdtempSync(join(tmpdir(), "rollouts-"));
test.after(() => rmSync(home, { recursive: true, force: true }));
const settings = { steps: 3, batchSize: 4, miniBatch: 4, maxResponse: 5, seed: 3, validateEvery: 2 };

/** Every completion of p1 is malformed; the others measure 0.5. */
const seen: { id: string; text: string }[] = [];
const task: Task = {
  ...lettersTask(4),
  score: async ({ id }, text) => {
    seen.push({ id, text });
    return id === "p1"
      ? { kind: "malformed", reward: -1, why: "no tags" }
      : { kind: "scored", reward: 2, query: `find ${text}`, measures: { "R@50": 0.5 }, warnings: ["x", "y"] };
  },
};
const records = (frame: { columns: string[]; values: unknown }) =>
  (frame.values as unknown[][]).map((row) => Object.fromEntries(frame.columns.map((name, i) => [name, row[i]])));

const folder = join(home, "run");
let history: readonly object[];
let run: ReturnType<typeof ppo>;
test.before(async () => {
  run = ppo(tinyPolicy(), task, { ...settings, folder, validation: { ...task, name: "held" } });
  history = await watch(run);
});

test("a row for every rollout of every step, as it was written and scored, malformed ones among them", () => {
  const rows = records(rollouts(folder));
  assert.equal(rollouts(folder).columns, [
    "step",
    "id",
    "question",
    "reward",
    "R@50",
    "query",
    "malformed",
    "why",
    "completion",
    "reasoning",
    "tokens",
    "cut",
    "warnings",
  ]);
  assert.equal(
    rows.map(({ step }) => step),
    [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
  );
  const trained = [...seen.slice(0, 8), ...seen.slice(12)]; // four of a validation lie between
  for (const [i, { id, text }] of trained.entries()) {
    const { tokens, ...row } = rows[i]!;
    assert.ok((tokens as number) >= 1 && (tokens as number) <= 5);
    const question = "the cat sat".slice(0, 4 + Number(id.slice(1)));
    const told =
      id === "p1"
        ? { reward: -1, "R@50": 0, query: "", malformed: true, why: "no tags", warnings: "" }
        : { reward: 2, "R@50": 0.5, query: `find ${text}`, malformed: false, why: "", warnings: "x\ny" };
    assert.equal(row, {
      step: Math.floor(i / 4) + 1,
      id,
      question,
      ...told,
      completion: text,
      reasoning: row["reasoning"],
      cut: row["cut"],
    });
  }
});

test("the folder, the steps, one of them and the run tell the same; one step can be asked for", () => {
  const all = rollouts(folder).values;
  assert.equal(rollouts(history).values, all);
  assert.equal(rollouts(run).values, all);
  assert.equal(rollouts(history, 2).values, all.slice(4, 8));
  assert.equal(rollouts(history[1]!).values, all.slice(4, 8));
  assert.equal(rollouts(history.slice(1), 3).values, all.slice(8));
});

test("what was written in a validation is kept too", () => {
  const rows = records(rollouts(folder, 2, { validation: true }));
  assert.equal(
    rows.map(({ id, completion }) => ({ id, text: completion })),
    [...rows.keys()].map((i) => seen.slice(8, 12).find(({ id }) => id === `p${i}`)!),
  );
  assert.equal(
    rollouts(history, undefined, { validation: true }).values,
    rollouts(folder, 2, { validation: true }).values,
  );
});

test("without a folder the steps carry their texts, beside their numbers: same texts, no other column", async () => {
  const steps = await watch(ppo(tinyPolicy(), task, { ...settings, validation: { ...task, name: "held" } }));
  assert.equal(rollouts(steps).values, rollouts(folder).values);
  assert.equal(rollouts(steps, 2, { validation: true }).values, rollouts(folder, 2, { validation: true }).values);
  assert.ok(Object.values(steps[0]!).every((value) => typeof value === "number"));
});

test("the spread of rewards is in the steps and not in metrics.jsonl, whose columns stay verl's", () => {
  // 2, 2, 2 and −1: mean 1.25, squared differences 3·0.5625 + 5.0625 = 6.75, over n − 1: 2.25
  assert.equal(
    history.map((step) => (step as Record<string, number>)["reward/std"]),
    [1.5, 1.5, 1.5],
  );
  assert.not.match(readFileSync(join(folder, "metrics.jsonl"), "utf8"), "reward/std");
});

test("a run knows its length before its first step, its steps before a resume included", () => {
  assert.is(ppo(tinyPolicy(), task, settings).total, 3);
  assert.is(ppo(tinyPolicy(), task).total, 100);
  assert.is(ppo(tinyPolicy(), task, { steps: 1.5 }).total, undefined); // refused at the first step
});

test("what cannot be shown is said: no such step, folder or validation, copies of steps, numbers alone", async () => {
  assert.throws(() => rollouts(folder, 9), /no rollouts of step 9; those of steps 1 to 3 are there/);
  assert.throws(() => rollouts(join(home, "nope")), /there is no rollouts\.jsonl in .*nope: there is no such folder/);
  assert.throws(() => rollouts(home), /it holds no run of ppo/);
  assert.throws(() => rollouts([{ step: 1 }]), /these are no steps of ppo/);
  assert.throws(() => rollouts(JSON.parse(JSON.stringify(history)) as object[]), /copies of them/);
  assert.throws(() => rollouts([]), /there are no rollouts\. Run at least one step/);
  const plain = await watch(ppo(tinyPolicy(), task, { ...settings, steps: 1 }));
  assert.throws(() => rollouts(plain, undefined, { validation: true }), /Give ppo a validation task/);
});

test("a line that a crash has cut is left out; a file of something else is refused by name", () => {
  const torn = mkdtempSync(join(home, "torn-"));
  writeFileSync(join(torn, "rollouts.jsonl"), readFileSync(join(folder, "rollouts.jsonl")));
  appendFileSync(join(torn, "rollouts.jsonl"), '{"step":4,"rollouts":[{"id":"p0","comple');
  assert.equal(rollouts(torn).values, rollouts(folder).values);
  writeFileSync(join(torn, "rollouts.jsonl"), '{"step":1,"reward":2}\n');
  assert.throws(() => rollouts(torn), /rollouts\.jsonl: line 1 holds no rollouts of a step/);
});

test("steps whose folder another run has by now are not shown with its texts", async () => {
  await watch(ppo(tinyPolicy(), lettersTask(4), { ...settings, folder })); // the earlier run is moved aside
  assert.throws(() => rollouts(history), /has other rollouts for step 1: .* another run has its place/);
  assert.is(rollouts(`${folder}-1`).values.length, 12);
});

test("measures that a task declares have columns though every completion is malformed, here and on disk", async () => {
  const hopeless: Task = {
    ...lettersTask(4),
    components: {
      "R@50": measureComponent("R@50", "Recall."),
      ...formatErrors,
      documents: measureComponent("documents", "Documents."),
    },
    score: async () => ({ kind: "malformed", reward: -1, why: "no tags" }),
  };
  const own = join(home, "hopeless");
  for (const place of [undefined, own]) {
    const validated = { validation: { ...hopeless, name: "held" }, steps: 2, ...(place && { folder: place }) };
    const made = ppo(tinyPolicy(), hopeless, { ...settings, ...validated });
    const steps = await watch(made);
    for (const source of [made, steps, ...(place ? [place] : [])])
      for (const validation of [false, true]) {
        const frame = rollouts(source, undefined, { validation });
        assert.equal(frame.columns.slice(3, 7), ["reward", "R@50", "documents", "query"]);
        assert.ok(records(frame).every((row) => row["R@50"] === 0 && row["documents"] === 0));
      }
  }
});

test.run();

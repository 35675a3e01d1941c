import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import type { Task } from "../../../lib/core/roles";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { train, type TrainOptions } from "../../../lib/training/train";
import { lettersTask, temporaryFolder, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const letters = lettersTask();
const size: TrainOptions = {
  steps: 4,
  batchSize: 4,
  miniBatch: 8,
  maxResponse: 4,
  seed: 3,
  algorithm: grpo({ group: 2 }),
};

/** The steps that a run yields until it is interrupted, and those that it yields when it goes on. */
async function interrupted(task: Task, options: TrainOptions): Promise<{ before: number[]; after: number[] }> {
  const [before, after]: number[][] = [[], []];
  try {
    for await (const { step } of train(tinyPolicy(), task, { ...size, ...options })) before!.push(step);
    assert.unreachable("it was not interrupted");
  } catch (error) {
    assert.is((error as Error).name, "Interrupted");
  }
  const { validation: _, validateEvery: __, signal: ___, ...rest } = options;
  for await (const { step } of train(tinyPolicy(), letters, { ...size, ...rest, resume: true })) after!.push(step);
  return { before: before!, after: after! };
}

/** `task`, whose reward calls `stop` at call number `at` and is slow from then on. */
const stopping = (at: number, stop: () => void, name = "letters"): Task => {
  let calls = 0;
  return {
    ...letters,
    name,
    score: async (...given) => {
      if (++calls === at) stop();
      if (calls >= at) await new Promise((resolve) => setTimeout(resolve, 20));
      return letters.score(...given);
    },
  };
};

const metrics = (folder: string): string => readFileSync(join(folder, "metrics.jsonl"), "utf8");
const straight = temporaryFolder();
test.before(async () => {
  for await (const _ of train(tinyPolicy(), letters, { ...size, folder: straight }));
});

test("interrupted while rewards are awaited, a run goes on with the step that was under way", async () => {
  const stop = new AbortController();
  const folder = temporaryFolder();
  const task = stopping(12, () => stop.abort()); // in the second step
  assert.equal(await interrupted(task, { folder, signal: stop.signal }), { before: [1], after: [2, 3, 4] });
  assert.is(metrics(folder), metrics(straight));
});

test("interrupted in a validation, a run keeps the step that was validated", async () => {
  const stop = new AbortController();
  const folder = temporaryFolder();
  const validation = stopping(5, () => stop.abort(), "held"); // of 8 problems: in the first validation
  const options = { folder, signal: stop.signal, validation, validateEvery: 1, validationBudget: 1 };
  assert.equal(await interrupted(letters, options), { before: [], after: [2, 3, 4] });
  assert.is(metrics(folder), metrics(straight));
});

test("interrupted at a checkpoint, it has that checkpoint", async () => {
  const stop = new AbortController();
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  const saving = Object.create(policy, {
    save: { value: (to: string) => (stop.abort(), policy.save(to)) },
  }) as typeof policy;
  const before: number[] = [];
  try {
    for await (const { step } of train(saving, letters, { ...size, folder, signal: stop.signal })) before.push(step);
  } catch (error) {
    assert.is((error as Error).name, "Interrupted");
  }
  const after: number[] = [];
  for await (const { step } of train(tinyPolicy(), letters, { ...size, folder, resume: true })) after.push(step);
  assert.equal([before, after], [[1], [2, 3, 4]]);
  assert.is(metrics(folder), metrics(straight));
});

test("the reference policy of a run is written once: later checkpoints link it", () => {
  const folder = temporaryFolder();
  const run = train(tinyPolicy(), letters, { ...size, folder, saveEvery: 1, keep: 4 });
  return (async () => {
    for await (const _ of run);
    const file = (step: number) => statSync(join(folder, `checkpoint-${step}`, "reference-state.safetensors")).ino;
    assert.equal([2, 3, 4].map(file), [file(1), file(1), file(1)]);
  })();
});

test.run();

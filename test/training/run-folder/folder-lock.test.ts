import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { expectUnlocked } from "../../../lib/training/run-folder/folder-lock";
import { train, type TrainOptions } from "../../../lib/training/train";
import { rejects } from "../rejects";
import { lettersTask, temporaryFolder, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const size: TrainOptions = {
  steps: 4,
  batchSize: 4,
  miniBatch: 8,
  maxResponse: 4,
  algorithm: grpo({ group: 2 }),
  seed: 3,
};
const start = (options: TrainOptions) => train(tinyPolicy(), lettersTask(), { ...size, ...options });
const lockOf = (folder: string) => join(folder, ".run.lock");
const steps = (folder: string) => readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n").length;

test("a folder in which another process has a run is refused, until that process is gone", async () => {
  const folder = temporaryFolder();
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const begun = readFileSync(`/proc/${other.pid}/stat`, "utf8").split(") ")[1]!.split(" ")[19]!;
  const owner = { host: hostname(), process: other.pid, begun };
  writeFileSync(lockOf(folder), JSON.stringify(owner));
  const said = `process ${other.pid} has a run in ${folder}`;
  await rejects(() => start({ folder }).next(), new RegExp(said));
  assert.equal(readdirSync(folder), [".run.lock"]);
  const gone = new Promise((resolve) => other.on("close", resolve));
  other.kill("SIGKILL");
  await gone;
  for await (const _ of start({ folder }));
  assert.is(steps(folder), 4);
  assert.not.ok(existsSync(lockOf(folder)), "a run that has ended lets go of its folder");
});

test("a process number that another program has by now, another machine's, and a cut file hold nothing", () => {
  const folder = temporaryFolder();
  for (const text of [
    JSON.stringify({ host: hostname(), process: process.ppid, begun: "1" }),
    JSON.stringify({ host: "elsewhere", process: 1, begun: "1" }),
    '{"host":',
  ]) {
    writeFileSync(lockOf(folder), text);
    expectUnlocked("train", folder);
  }
});

test("a second run of this process takes the folder: the first is moved aside and writes no more", async () => {
  const folder = join(temporaryFolder(), "run");
  mkdirSync(folder);
  const first = start({ folder });
  await first.next();
  for await (const _ of start({ folder }));
  await rejects(() => first.next(), /another run was begun in .*, and this one writes no more/);
  assert.equal([steps(folder), steps(`${folder}-1`)], [4, 1]);
  for await (const { step } of start({ folder: `${folder}-1`, resume: true })) assert.ok(step > 1);
});

test("a run that is refused at its start lets go of the folder", async () => {
  const folder = temporaryFolder();
  for await (const _ of start({ folder }));
  await rejects(() => start({ folder, resume: true, learningRate: 1 }).next(), /began with learningRate/);
  assert.not.ok(existsSync(lockOf(folder)));
});

test("a run goes on with its task alone: another name, or other problems, are refused", async () => {
  const folder = temporaryFolder();
  for await (const _ of start({ folder }));
  const resumed = (task: ReturnType<typeof lettersTask>) =>
    train(tinyPolicy(), task, { ...size, folder, resume: true, steps: 5 }).next();
  await rejects(() => resumed({ ...lettersTask(), name: "words" }), /began with task "letters", not "words"/);
  await rejects(() => resumed(lettersTask(7)), /began with problems "8, ids \w+", not "7, ids \w+"/);
  const config = join(folder, "config.json");
  const {
    task: _task,
    problems: _problems,
    ...old
  } = JSON.parse(readFileSync(config, "utf8")) as Record<string, unknown>;
  writeFileSync(config, JSON.stringify(old)); // as earlier versions wrote it
  assert.is((await resumed(lettersTask(7))).value!.step, 5);
});

test("a checkpoint of a later version is refused by its number", async () => {
  const folder = temporaryFolder();
  for await (const _ of start({ folder }));
  const file = join(folder, "checkpoint-4", "state.json");
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), version: 99 }));
  await rejects(
    () => start({ folder, resume: true, steps: 5 }).next(),
    /state\.json.*written in layout 99.*Update deepretrieval/,
  );
});

test("a run that is resumed with fewer steps than it has keeps the metrics of its checkpoint", async () => {
  const folder = temporaryFolder();
  for await (const _ of start({ folder }));
  for await (const _ of start({ folder, resume: true, steps: 2 })) assert.unreachable("a step");
  assert.is(steps(folder), 4);
});

test.run();

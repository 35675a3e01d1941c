import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { afterRunning } from "../../../lib/core/processes/after-running";

test("a process that was stopped for longer than its limit goes on waiting for the rest of it", async () => {
  const child = fork(join(__dirname, "waiting-process.ts"), { execArgv: ["--require", "tsx/cjs"] });
  await new Promise((resolve) => child.once("message", resolve));
  const late = new Promise((resolve) => child.once("message", resolve));
  child.kill("SIGSTOP");
  await pause(1200);
  const from = performance.now();
  child.kill("SIGCONT");
  assert.is(await late, "late");
  // Of 500 ms it ran through a few before it was stopped, and at most one tenth is lost to the stop.
  const rest = performance.now() - from;
  assert.ok(rest > 250, `${rest.toFixed(0)} ms after it went on`);
  child.disconnect();
});

test("a call that is cancelled does not come", async () => {
  let called = false;
  const cancel = afterRunning(0.02, () => (called = true));
  cancel();
  await pause(60);
  assert.not(called);
  await new Promise<void>((resolve) => afterRunning(0.02, resolve));
});

test.run();

import { fork } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

test("a limit of processor time counts work, not waiting, and says so where it ends a process", async () => {
  const child = fork(join(__dirname, "watched-process.ts"), {
    execArgv: ["--require", "tsx/cjs"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  let waited = false;
  child.stderr!.on("data", (text) => (said += text));
  child.once("message", () => (waited = true));
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  assert.ok(waited, "it was ended while it waited");
  assert.is(signal, "SIGKILL");
  assert.match(said, "it took more than 0.5 s of the processor");
});

test.run();

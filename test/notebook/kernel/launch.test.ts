import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../../skip";

const root = path.resolve(__dirname, "../../..");
const launcher = path.join(root, "kernels/deepretrieval/launch.js");
const folder = mkdtempSync(path.join(os.tmpdir(), "launch-"));
test.after(() => rmSync(folder, { recursive: true }));

const launch = (...args: string[]): string =>
  spawnSync(process.execPath, [launcher, ...args], { encoding: "utf8" }).stderr;

test("started by hand, the launcher says who starts it", () => {
  assert.match(launch(), /no connection file given. Jupyter starts this file/);
});

if (!existsSync(path.join(root, "dist/notebook/kernel/main.js")))
  skip("not built (npm run build); the kernel runs from dist/");
else {
  test("a connection file that is none is named", () => {
    const file = path.join(folder, "bad.json");
    writeFileSync(file, '{"shell_port": "x"}');
    assert.match(launch(file), /bad.json: shell_port is "x", not a port/);
    assert.match(launch(path.join(folder, "absent.json")), /absent.json: not a readable connection file/);
  });

  test("a kernel ends when its parent is killed", async () => {
    const file = path.join(folder, "good.json");
    const ports = Object.fromEntries(
      ["shell", "iopub", "stdin", "control", "hb"].map((channel) => [`${channel}_port`, 0]),
    ); // 0: any free port
    writeFileSync(
      file,
      JSON.stringify({ ...ports, ip: "127.0.0.1", transport: "tcp", key: "k", signature_scheme: "hmac-sha256" }),
    );
    const parentCode =
      `const kernel = require("node:child_process").spawn(process.execPath, [${JSON.stringify(launcher)}, ` +
      `${JSON.stringify(file)}], { detached: true, stdio: "ignore" }); console.log(kernel.pid); setInterval(() => ` +
      "{}, 1000);";
    const parent = spawn(process.execPath, ["-e", parentCode], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    await sleep(1500); // let the kernel come up
    assert.ok(runs(pid), "the kernel is up");
    parent.kill("SIGKILL");
    for (let i = 0; i < 50 && runs(pid); i++) await sleep(100);
    assert.not(runs(pid), "the kernel outlived its parent by five seconds");
  });
}

/** Whether a process runs; one that ended and was not yet collected does not. */
function runs(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

test.run();

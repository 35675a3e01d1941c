import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installedSpecs } from "../../lib/cli/kernel/kernel-places";
import { kernelCheck } from "../../lib/cli/kernel/kernel-check";
import { kernelInstall, kernelUninstall } from "../../lib/cli/kernel/kernel-install";
import { built } from "../notebook/runner/bench";
import type { Command } from "../../lib/cli/main";
import { captured } from "./capture";
import { skip } from "../skip";

const folder = mkdtempSync(path.join(os.tmpdir(), "kernel-cli-"));
const before = { ...process.env };
test.before.each(() => {
  Object.assign(process.env, { JUPYTER_DATA_DIR: path.join(folder, "data"), JUPYTER_PATH: "" });
  delete process.env["VIRTUAL_ENV"];
});
test.after(() => {
  process.env = before;
  rmSync(folder, { recursive: true });
});

const run = (command: Command, ...argv: string[]) => captured(() => command.run(argv));

test("install writes a kernelspec with absolute paths, once, and uninstall removes it", async () => {
  const first = JSON.parse((await run(kernelInstall, "--json")).out) as { folder: string; changed: boolean };
  assert.equal(first, { folder: path.join(folder, "data/kernels/deepretrieval"), changed: true });
  const { argv } = JSON.parse(readFileSync(path.join(first.folder, "kernel.json"), "utf8")) as { argv: string[] };
  assert.is(argv[0], process.execPath);
  assert.ok(existsSync(argv[1]!), argv[1]);
  assert.is(JSON.parse((await run(kernelInstall, "--json")).out).changed, false);
  assert.is(JSON.parse((await run(kernelUninstall, "--json")).out).changed, true);
  assert.not.ok(existsSync(first.folder));
  const again = await run(kernelUninstall);
  assert.equal([again.exit, again.err], [0, "there was no kernel to remove\n"]);
});

test("a prefix is a virtual environment's folder, and excludes --user", async () => {
  const { out } = await run(kernelInstall, "--prefix", path.join(folder, "venv"));
  assert.is(out, `${path.join(folder, "venv/share/jupyter/kernels/deepretrieval")}\n`);
  await kernelInstall.run(["--user", "--prefix", "x"]).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.name, "UsageError"),
  );
});

test("kernelspecs are listed in the order in which Jupyter looks", async () => {
  await run(kernelInstall);
  await run(kernelInstall, "--prefix", path.join(folder, "other"));
  process.env["JUPYTER_PATH"] = path.join(folder, "other/share/jupyter");
  assert.equal(
    installedSpecs()
      .slice(0, 2)
      .map((spec) => path.relative(folder, spec.folder)),
    ["other/share/jupyter/kernels/deepretrieval", "data/kernels/deepretrieval"],
  );
});

test("check says what is wrong with a kernelspec and what to do", async () => {
  const broken = path.join(folder, "broken/kernels/deepretrieval");
  mkdirSync(broken, { recursive: true });
  process.env["JUPYTER_DATA_DIR"] = path.join(folder, "broken");
  writeFileSync(path.join(broken, "kernel.json"), "{");
  const unreadable = await run(kernelCheck);
  assert.is(unreadable.exit, 1);
  assert.match(unreadable.err, /BAD .*kernel.json is not readable .*kernel install/);
  writeFileSync(
    path.join(broken, "kernel.json"),
    JSON.stringify({ argv: ["/no/node", "/no/launch.js", "{connection_file}"] }),
  );
  assert.match((await run(kernelCheck)).err, /BAD {2}\/no\/node does not run.*\nBAD {2}\/no\/launch.js is missing/);
});

test("check starts the kernel that Jupyter would start", async () => {
  if (!built) return skip("not built (npm run build); the kernel runs from dist/");
  await run(kernelInstall);
  const { exit, err, out } = await run(kernelCheck, "--json");
  assert.is(exit, 0, err);
  assert.match(err, /ok {3}the kernel starts as Jupyter starts it and computes 6 \* 7 = 42/);
  assert.is(JSON.parse(out).ok, true);
});

test.run();

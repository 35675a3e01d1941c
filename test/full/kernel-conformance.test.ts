import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pythonWith } from "../bench/python";
import { skip } from "../skip";

const root = path.resolve(__dirname, "../..");

test("the kernel passes jupyter_kernel_test, every check of it", () => {
  if (!existsSync(path.join(root, "dist/notebook/kernel/main.js")))
    return skip("not built (npm run build); the kernel runs from dist/");
  const python = pythonWith(
    "jupyter-kernel-test",
    ["jupyter_kernel_test==0.7.0", "jupyter_client==8.10.0"],
    console.log,
  );
  if (python === undefined) return;
  const home = mkdtempSync(path.join(os.tmpdir(), "kernel-conformance-")); // no kernel of this user's
  try {
    const { stdout, stderr, status } = spawnSync(python, [path.join(__dirname, "kernel_test.py")], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, HOME: home, JUPYTER_PATH: root },
    });
    const lines = stderr.split("\n").filter((line) => / \.\.\. /.test(line));
    console.log(lines.join("\n"));
    assert.is(status, 0, `${stdout}\n${stderr}`);
    assert.equal([lines.length, lines.filter((line) => line.endsWith("ok")).length], [12, 12]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test.run();

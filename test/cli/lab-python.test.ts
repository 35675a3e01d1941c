import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { labPython } from "../../lib/cli/notebooks/lab-python";
import { temporaryFolder } from "../fixtures";

test("an environment in .venv/lab that we did not make is not removed", async () => {
  const root = temporaryFolder();
  const folder = path.join(root, ".venv/lab");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "pyvenv.cfg"), "");
  try {
    await labPython(root, () => undefined); // a JupyterLab that is on the PATH is used
  } catch (error) {
    assert.is((error as Error).name, "NoJupyterLab"); // or there is none, and none is made here
  }
  assert.equal(readdirSync(folder), ["pyvenv.cfg"]);
});

test.run();

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readNotebook, type Notebook } from "../../../lib/notebook/runner/nbformat";
import type { RunReport } from "../../../lib/notebook/runner/report";
import { runNotebook, type RunOptions } from "../../../lib/notebook/runner/run";
import { built, cell, notebook, notebooks as cwd, outputs } from "./bench";
import { skip } from "../../skip";

const folder = mkdtempSync(path.join(os.tmpdir(), "runner-stop-"));
test.after(() => rmSync(folder, { recursive: true }));

/** Runs and interrupts when the notebook prints "now"; also returns what was saved. */
async function interrupted(
  name: string,
  source: Notebook,
  options: Partial<RunOptions> = {},
): Promise<RunReport & { readonly saved: Notebook }> {
  const stop = new AbortController();
  const save = path.join(folder, `${name}.ipynb`);
  const report = await runNotebook(source, {
    cwd,
    save,
    signal: stop.signal,
    ...options,
    onOutput: ({ content }) => void (String(content["text"]).includes("now") && stop.abort()),
  });
  return { ...report, saved: readNotebook(save) };
}
const stopped = "error: Interrupted: the cell was stopped before it ended";

test("a run that is interrupted before it begins runs no cell", async () => {
  if (!built) return skip("not built (npm run build); the kernel runs from dist/");
  const report = await runNotebook(notebook("1"), { cwd, signal: AbortSignal.abort() });
  assert.equal([report.status, report.cells], ["interrupted", []]);
});

if (built) {
  test("training that looks at its signal stops by itself and returns its state; later cells are not run", async () => {
    const train =
      `const { signal } = ${cell}; let step = 1; await new Promise((r) => setTimeout(r, 20)); console.log("now"); ` +
      "while (!signal.aborted) { step++; await new Promise((r) => setTimeout(r, 10)); } step > 0";
    const { status, saved } = await interrupted("training", notebook(train, "'never'"));
    assert.is(status, "interrupted");
    assert.equal(outputs(saved, 0), ["stdout: now\n", "value: true"]);
    assert.equal(outputs(saved, 1), []);
  });

  test("a cell that only waits is stopped, and so is a busy loop; what they printed is kept", async () => {
    const waits = await interrupted(
      "waits",
      notebook(
        'await null; await new Promise((r) => setTimeout(r, 20)); console.log("now"); await new Promise((r) => ' +
          "setTimeout(r, 60000));",
      ),
    );
    assert.equal(outputs(waits.saved, 0), ["stdout: now\n", stopped]);
    const busy = await interrupted("busy", notebook('console.log("now"); while (true) {}'));
    assert.equal(outputs(busy.saved, 0), ["stdout: now\n", stopped]);
  });

  test("a busy loop after an await is stopped, and what it printed is kept", async () => {
    const { status, saved } = await interrupted(
      "busy-later",
      notebook(
        'const pause = () => new Promise((r) => setTimeout(r, 30)); await pause(); console.log("now"); while (true) {}',
      ),
    );
    assert.is(status, "interrupted");
    assert.equal(outputs(saved, 0), ["stdout: now\n", stopped]);
  });

  test("a cell that cannot be interrupted is killed, and what it printed is kept", async () => {
    const native = '/^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(60))'; // backtracks for ages, in native code
    const { status, cells, saved } = await interrupted(
      "killed",
      notebook(
        `const pause = () => new Promise((r) => setTimeout(r, 30)); await pause(); console.log("now"); ${native}`,
      ),
      { grace: 0.5 },
    );
    assert.is(status, "interrupted");
    const why = "the cell was interrupted, did not stop within 0.5 s, and its kernel was killed";
    assert.equal(outputs(saved, 0), ["stdout: now\n", `error: Interrupted: ${why}`]);
    assert.is(cells[0]?.error, why);
  });

  test("a cell past its timeout is stopped and the run fails", async () => {
    const {
      status,
      cells,
      notebook: executed,
    } = await runNotebook(notebook('console.log("a"); await new Promise((r) => setTimeout(r, 60000));', "2"), {
      cwd,
      timeout: 15,
    }); // enough for the kernel to have begun with it on a loaded machine
    assert.equal([status, cells.length, cells[0]?.status], ["failed", 1, "timeout"]);
    assert.match(cells[0]?.error ?? "", /ran longer than 15 s/);
    assert.equal(outputs(executed, 0), ["stdout: a\n", stopped]);
  });

  test("a cell that ends the process says so in the saved notebook", async () => {
    const save = path.join(folder, "exit.ipynb");
    const { status } = await runNotebook(notebook("1 + 1", 'console.log("bye"); process.exit(3)', "2"), { cwd, save });
    assert.is(status, "failed");
    const saved = readNotebook(save);
    assert.equal(outputs(saved, 0), ["value: 2"]);
    assert.is(outputs(saved, 1)[0], "stdout: bye\n");
    assert.match(
      outputs(saved, 1)[1] ?? "",
      /error: ProcessExited: the cell ended its process with exit code 3. Every variable is gone/,
    );
  });
}

test.run();

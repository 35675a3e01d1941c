import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { joined, readNotebook, writeNotebook, type Notebook } from "../../lib/notebook/runner/nbformat";
import { temporaryFolder } from "../fixtures";
import { built, cell, code, notebook, outputs, root } from "../notebook/runner/bench";
import { skip } from "../skip";

/** Ctrl-C, `kill` and worse, as a terminal sends them: to the process of `nb run`. */

const folder = temporaryFolder();
const stale = [{ output_type: "stream" as const, name: "stdout", text: "of an earlier run" }];

/**
 * A run of steps that redraws its display, listens, and says which process it is; a cell behind it has stale outputs.
 */
const steps = (ms: number): Notebook =>
  notebook(
    `console.log("process", process.pid);
const { signal, display } = ${cell};
let step = 0;
const pause = () => new Promise((resolve) => setTimeout(resolve, ${ms}));
while (!signal.aborted) {
  display({ "text/plain": "step " + step }, { id: "run" });
  console.log("at " + step);
  await pause();
  step++;
}
console.log("kept", step > 0);`,
    { ...code("'result'"), outputs: stale, execution_count: 7 },
  );

interface Running {
  readonly child: ChildProcess;
  readonly out: string; // file of the executed notebook
  readonly said: () => { readonly out: string; readonly err: string };
  readonly until: (pattern: RegExp) => Promise<RegExpMatchArray>; // in what it wrote to stderr
  readonly ended: Promise<number | null>;
}

function run(name: string, source: Notebook, env: NodeJS.ProcessEnv = {}): Running {
  const [file, out] = [path.join(folder, `${name}.ipynb`), path.join(folder, `${name}.out.ipynb`)];
  writeNotebook(file, source);
  const { npm_lifecycle_event: _, ...rest } = process.env;
  const child = spawn(
    process.execPath,
    [path.join(root, "kernels/deepretrieval/cli.js"), "nb", "run", file, "-o", out, "--html", `${out}.html`, "--json"],
    { env: { ...rest, ...env } },
  );
  const text = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (text.out += chunk));
  child.stderr.on("data", (chunk) => (text.err += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const until = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const found = text.err.match(pattern);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`ended before ${pattern}: ${text.err}`);
      await sleep(20);
    }
  };
  return { child, out, said: () => text, until, ended };
}

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Waits for a process to be gone, whose parent looks after it once a second. */
async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 300 && lives(pid); i++) await sleep(100);
  return !lives(pid);
}

const note = ({ cells }: Notebook): string => joined(cells.find(({ id }) => id === "run-note")?.source ?? "");

if (!built) test("stopping a run from a terminal", () => skip("not built (npm run build); the kernel runs from dist/"));
else {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(
      `${signal} stops after the present step; what was done is kept and nothing of an earlier run is ` + "left",
      async () => {
        const { child, out, said, until, ended } = run(signal, steps(700));
        const [, pid] = await until(/process (\d+)/);
        await until(/at 2/);
        child.kill(signal);
        assert.is(await ended, 130);
        assert.match(said().err, /stopping after this step, about \d+ s; Ctrl-C again to stop now/);
        assert.match(said().err, /interrupted: 1 cell in .* s; not run: cell 3/);
        const report = JSON.parse(said().out) as { status: string; notRun: number[] };
        assert.equal([report.status, report.notRun], ["interrupted", [2]]); // behind the note
        const saved = readNotebook(out);
        assert.match(outputs(saved, 0).join(), /kept true/);
        assert.equal([saved.cells[2]?.outputs, saved.cells[2]?.execution_count], [[], null]);
        assert.match(note(saved), "This run was interrupted in cell 1.** Not run: cell 3.");
        assert.match(readFileSync(`${out}.html`, "utf8"), "one cell was not run");
        assert.ok(await gone(Number(pid)));
      },
    );
  }

  test("a second Ctrl-C ends a long step at once, with what was shown so far and no process left", async () => {
    const { child, out, said, until, ended } = run("twice", steps(600_000));
    const [, pid] = await until(/process (\d+)/);
    await until(/at 0/);
    child.kill("SIGINT");
    await until(/Ctrl-C again to stop now/);
    await sleep(100); // longer than two that count as one
    const from = performance.now();
    child.kill("SIGINT");
    assert.is(await ended, 130);
    assert.ok(performance.now() - from < 30_000); // not the ten minutes of the step
    assert.match(said().err, /stopping now/);
    assert.ok(await gone(Number(pid)));
    const saved = readNotebook(out);
    assert.match(outputs(saved, 0).join(), /process \d+/);
    assert.equal(saved.cells[2]?.outputs, []);
  });

  test("a run that is killed leaves no process, and a notebook that says what had not run", async () => {
    const { child, out, until, ended } = run("killed", steps(200));
    const [, pid] = await until(/process (\d+)/);
    child.kill("SIGKILL");
    await ended;
    assert.ok(await gone(Number(pid)));
    const saved = readNotebook(out);
    assert.equal(
      [(saved.metadata["deepretrieval"] as { status: string }).status, saved.cells[1]?.outputs],
      ["running", []],
    );
    assert.not.ok(existsSync(`${out}.html`));
  });
}

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { sharedKernel } from "../../../lib/notebook/runner/kernels";
import { runNotebook } from "../../../lib/notebook/runner/run";
import { skip } from "../../skip";
import { built, notebook, notebooks as cwd, outputs } from "./bench";

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else {
  const kernels = sharedKernel();
  test.after(() => kernels.close());
  const run = async (...cells: string[]) => {
    const source = notebook(...cells, "process.pid");
    const { notebook: executed, status } = await runNotebook(source, { cwd, kernels });
    const shown = executed.cells.map((_, i) => outputs(executed, i));
    return { status, shown, counts: executed.cells.map((cell) => cell.execution_count), reused: kernels.reused() };
  };

  test("runs share a kernel; each begins without the variables, types and count of the one before", async () => {
    const first = await run('const task: string = "a"; type Kind = "x"; let n = 1;', "n += 1; task");
    assert.is(first.status, "ok");
    assert.is(first.reused, false);
    // The same names, with other types: nothing is left of the earlier ones.
    const second = await run("const task: number = 5; let n = 10;", "n += 1; n + task");
    assert.is(second.reused, true);
    assert.equal(second.shown.at(-1), first.shown.at(-1), "another process");
    assert.equal(second.shown[1], ["value: 16"]);
    assert.equal(second.counts, [1, 2, 3]);
    const third = await run("task");
    assert.is(third.status, "failed");
    assert.match(third.shown[0]!.join(), /Cannot find name 'task'/);
  });

  test("after a failed cell, and where a notebook has changed its process, the next run has a new kernel", async () => {
    const failed = await run('throw new RangeError("no")');
    assert.is(failed.status, "failed");
    for (const change of ['process.env["SOME_TOKEN"] = "x";', 'process.chdir("/");', "(globalThis as any).left = 1;"]) {
      assert.is((await run(change)).reused, false, change);
    }
    assert.is((await run("1")).reused, false);
    const evaluating =
      'import { baselines, evaluate, exampleTask, plot, show, summary } from "deepretrieval"; ' +
      'const task = await exampleTask("passages"); const results: any[] = []; ' +
      "for await (const result of evaluate(task, baselines(task), { limit: 4 })) results.push(result); " +
      'await show(summary(results)); await show(plot.bars(summary(results), "system", task.metrics![0]!.name));';
    assert.is((await run(evaluating)).status, "ok");
    assert.is((await run(evaluating)).reused, true, "what the library sets is taken for the notebook's");
    assert.is((await run("2")).reused, true);
  });
}

test.run();

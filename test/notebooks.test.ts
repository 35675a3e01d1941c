import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { notebookHtml } from "../lib/notebook/html/page";
import { sharedKernel } from "../lib/notebook/runner/kernels";
import { readNotebook } from "../lib/notebook/runner/nbformat";
import { runNotebook } from "../lib/notebook/runner/run";
import { temporaryFolder } from "./fixtures";
import { smoke } from "./notebook-parameters";
import { built } from "./notebook/runner/bench";
import { skip } from "./skip";

/**
 * Every notebook, with parameters that make it short. They share a kernel, as in `deepretrieval nb check`: loading the
 * library and reading its types is most of the time of a short run. test/full/shared-kernel.test.ts shows that they
 * come to the same in kernels of their own.
 */

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else {
  const kernels = sharedKernel();
  test.after(() => kernels.close());
  for (const name of readdirSync("notebooks").filter((file) => file.endsWith(".ipynb"))) {
    test(`${name} runs from its first cell to its last, and draws`, async () => {
      const parameters = smoke[name]?.(join(temporaryFolder(), "run")) ?? {};
      const source = readNotebook(join("notebooks", name));
      const report = await runNotebook(source, { cwd: "notebooks", parameters, kernels });
      const { notebook, status, cells, seconds } = report;
      assert.is(status, "ok", cells.at(-1)?.error);
      const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
      assert.not.ok(outputs.some(({ output_type }) => output_type === "error"));
      assert.ok(
        outputs.some((output) => "data" in output && output.data["image/png"]),
        "no picture",
      );
      assert.match(notebookHtml(notebook), /data:image\/png/);
      console.log(`${name}: ${seconds.toFixed(1)} s${kernels.reused() ? "" : ", with the start of its kernel"}`);
    });
  }
}

test.run();

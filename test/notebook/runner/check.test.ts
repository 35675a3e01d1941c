import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRun } from "../../../lib/notebook/runner/check";
import { runNotebook } from "../../../lib/notebook/runner/run";
import { built, code, notebook, notebooks as cwd } from "./bench";
import { skip } from "../../skip";

test("a notebook without outputs cannot be compared, and nothing is run", async () => {
  const check = await compareRun(notebook("1 + 1"), { cwd });
  assert.equal([check.status, check.cells], ["failed", 0]);
  assert.match(check.error!, "no stored outputs");
});

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else
  test("a notebook comes to the same with the parameters it was run with, and a changed output is found", async () => {
    const source = notebook(
      code("let n = 3;", "parameters"),
      "n * 2",
      "console.log(new Date().toISOString(), process.cwd()); Math.PI * n",
    );
    const { notebook: stored } = await runNotebook(source, { cwd, parameters: { n: 4 } });
    const same = await compareRun(stored, { cwd });
    assert.equal([same.status, same.differences, same.cells], ["same", [], 4]); // the injected cell among them
    const other = await compareRun(stored, { cwd, parameters: { n: 5 } });
    assert.equal([other.status, other.differences[0]], ["different", { cell: 3, stored: "text: 8", now: "text: 10" }]);
  });

test.run();

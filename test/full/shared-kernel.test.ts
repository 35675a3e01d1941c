import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { differences } from "../../lib/notebook/runner/compare";
import { sharedKernel, type Kernels } from "../../lib/notebook/runner/kernels";
import { readNotebook, type Notebook } from "../../lib/notebook/runner/nbformat";
import { runNotebook } from "../../lib/notebook/runner/run";
import { temporaryFolder } from "../fixtures";
import { built } from "../notebook/runner/bench";
import { smoke } from "../notebook-parameters";
import { skip } from "../skip";

/** A notebook leaves nothing behind in a kernel that it shares: whatever ran before, the next one is as if alone. */

const names = readdirSync("notebooks").filter((file) => file.endsWith(".ipynb"));

async function ran(name: string, kernels?: Kernels): Promise<Notebook> {
  const parameters = smoke[name]?.(join(temporaryFolder(), "run")) ?? {};
  const options = { cwd: "notebooks", parameters, ...(kernels && { kernels }) };
  const { status, notebook, cells } = await runNotebook(readNotebook(join("notebooks", name)), options);
  assert.is(status, "ok", `${name}: ${cells.at(-1)?.error}`);
  return notebook;
}

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else {
  const alone = new Map<string, Notebook>();
  test("each notebook runs in a kernel of its own", async () => {
    for (const name of names) alone.set(name, await ran(name));
  });

  const orders = { "from the last to the first": [...names].reverse(), shuffled: random("orders").shuffle([...names]) };
  for (const [how, order] of Object.entries(orders))
    test(`on one kernel, ${how}, each comes to the same as alone`, async () => {
      const kernels = sharedKernel();
      let reused = 0;
      try {
        for (const name of order) {
          assert.equal(differences(alone.get(name)!, await ran(name, kernels)), [], `${name} in ${order.join(", ")}`);
          reused += Number(kernels.reused());
        }
      } finally {
        await kernels.close();
      }
      assert.ok(reused >= names.length / 2, `only ${reused} of ${names.length} runs shared a kernel`);
    });
}

test.run();

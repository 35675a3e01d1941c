import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** Parameters that make a notebook short enough for a test, and where it may write. */
const smoke: Readonly<Record<string, (folder: string) => Readonly<Record<string, string | number>>>> = {
  "algorithms.ipynb": () => ({ steps: 2, responses: 8, group: 2, limit: 4, questions: 2 }),
  "ctgov_train.ipynb": (folder) => ({ steps: 2, responses: 8, group: 4, limit: 3, questions: 2, folder }),
  "custom_task.ipynb": () => ({ steps: 2, responses: 8, group: 4, limit: 3, questions: 2 }),
  "evidence_train.ipynb": (folder) => ({
    imitation: 2,
    steps: 2,
    responses: 8,
    group: 4,
    limit: 3,
    questions: 2,
    folder,
  }),
  "sql_train.ipynb": (folder) => ({ imitation: 2, steps: 2, responses: 8, group: 4, limit: 3, questions: 2, folder }),
  "pubmed_train.ipynb": (folder) => ({ steps: 2, batchSize: 4, limit: 3, folder }),
  "pubmed_eval.ipynb": (folder) => ({ limit: 8, folder }),
  "ctgov_eval.ipynb": (folder) => ({ limit: 6, folder }),
  "beir_eval.ipynb": (folder) => ({ limit: 6, folder }),
  "evidence_eval.ipynb": (folder) => ({ limit: 8, folder }),
  "sql_eval.ipynb": (folder) => ({ limit: 8, folder }),
};

interface Cell {
  readonly outputs?: readonly { readonly output_type: string; readonly data?: Readonly<Record<string, unknown>> }[];
}

for (const name of readdirSync("notebooks").filter((file) => file.endsWith(".ipynb"))) {
  test(`${name} runs from its first cell to its last, and draws`, () => {
    const folder = mkdtempSync(join(tmpdir(), "deepretrieval-notebook-"));
    const out = join(folder, name);
    const parameters = Object.entries(smoke[name]?.(join(folder, "run")) ?? {}).flatMap(([key, value]) => [
      "-p",
      `${key}=${value}`,
    ]);
    const run = spawnSync(
      process.execPath,
      ["dist/cli/main.js", "nb", "run", join("notebooks", name), ...parameters, "-o", out, "--html", `${out}.html`],
      { encoding: "utf8" },
    );
    assert.is(run.status, 0, `${run.stdout}\n${run.stderr}`);
    const { cells } = JSON.parse(readFileSync(out, "utf8")) as { cells: Cell[] };
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    assert.not.ok(outputs.some(({ output_type }) => output_type === "error"));
    assert.ok(
      outputs.some(({ data }) => data?.["image/png"]),
      "no picture",
    );
    assert.match(readFileSync(`${out}.html`, "utf8"), /data:image\/png/);
  });
}

test.run();

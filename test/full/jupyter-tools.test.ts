import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { joined, readNotebook, writeNotebook, type Notebook } from "../../lib/notebook/runner/nbformat";
import { injectParameters } from "../../lib/notebook/runner/parameters";
import { pythonWith } from "../bench/python";
import { temporaryFolder } from "../fixtures";
import { code, notebook } from "../notebook/runner/bench";
import { root } from "./browser";

/** Python's own runners on our notebooks, each with nothing of ours but the kernelspec on JUPYTER_PATH. */
const python = pythonWith("jupyter-tools", ["nbconvert==7.17.2", "papermill==2.7.0"], console.log);
const check = python === undefined ? test.skip : test;
const folder = join(root, "runs", "jupyter-tools"); // in the project: nbconvert runs a notebook in its own folder
const home = temporaryFolder();

test.before(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});

function run(module: string, ...args: string[]): void {
  const env = {
    ...process.env,
    JUPYTER_PATH: root,
    PATH: `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}`,
    HOME: home,
  };
  const { status, stdout, stderr } = spawnSync(python!, ["-m", module, ...args], {
    cwd: root,
    env,
    encoding: "utf8",
    timeout: 900_000,
  });
  assert.is(status, 0, `${stdout}\n${stderr}`);
}

/** The training notebook, small. */
function smoke(name: string): string {
  const file = join(folder, `${name}.ipynb`);
  const source = readNotebook(join(root, "notebooks/pubmed_train.ipynb"));
  writeNotebook(file, injectParameters(source, { steps: 2, batchSize: 4, limit: 3, folder: join(folder, name) }));
  return file;
}

const hasTypes = ({ cells }: Notebook, ...types: string[]) => {
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  assert.not.ok(outputs.some(({ output_type }) => output_type === "error"));
  for (const type of types)
    assert.ok(
      outputs.some((output) => "data" in output && output.data[type] !== undefined),
      `no ${type}`,
    );
};

check("jupyter nbconvert --execute runs the training notebook", () => {
  run(
    "nbconvert",
    "--to",
    "notebook",
    "--execute",
    smoke("nbconvert"),
    "--output",
    join(folder, "nbconvert.out.ipynb"),
    `--ExecutePreprocessor.startup_timeout=300`,
  );
  const executed = readNotebook(join(folder, "nbconvert.out.ipynb"));
  hasTypes(executed, "text/html", "image/png", "application/vnd.plotly.v1+json");
  assert.ok(
    executed.cells
      .filter(({ cell_type }) => cell_type === "code")
      .every(({ execution_count }) => typeof execution_count === "number"),
  );
});

check("papermill runs the training notebook", () => {
  run(
    "papermill",
    smoke("papermill"),
    join(folder, "papermill.out.ipynb"),
    "--no-progress-bar",
    "--start-timeout",
    "300",
  );
  hasTypes(
    readNotebook(join(folder, "papermill.out.ipynb")),
    "text/html",
    "image/png",
    "application/vnd.plotly.v1+json",
  );
});

check("papermill sets parameters: it knows no TypeScript, but what it writes for .net-csharp is", () => {
  const file = join(folder, "parameters.ipynb");
  const source = notebook(code('let steps = 3;\nlet name = "x";', "parameters"), "`${steps * 2} ${name}`");
  writeNotebook(file, {
    ...source,
    metadata: { kernelspec: { name: "deepretrieval", display_name: "DeepRetrieval", language: "typescript" } },
    cells: source.cells.map((cell, i) => ({ ...cell, id: `c${i}` })),
  });
  run(
    "papermill",
    file,
    `${file}.out`,
    "-p",
    "steps",
    "8",
    "-p",
    "name",
    'a "b"',
    "--language",
    ".net-csharp",
    "--no-progress-bar",
    "--start-timeout",
    "300",
  );
  const [output] = readNotebook(`${file}.out`).cells.at(-1)!.outputs!;
  assert.is(output?.output_type === "execute_result" && joined(output.data["text/plain"] as string), '16 a "b"');
});

test.run();

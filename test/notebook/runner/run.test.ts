import { test } from "uvu";
import * as assert from "uvu/assert";
import { joined, type Notebook } from "../../../lib/notebook/runner/nbformat";
import type { RunReport } from "../../../lib/notebook/runner/report";
import { runNotebook } from "../../../lib/notebook/runner/run";
import { skip } from "../../skip";
import { built, cell, code, notebook, notebooks as cwd, outputs } from "./bench";
import { unexpected } from "../../unexpected";

test("bad parameters are refused before anything is started", async () => {
  const source = notebook(code("let steps = 3;", "parameters"));
  await runNotebook(source, { cwd, parameters: { stepz: 1 } }).then(unexpected, (error: Error) =>
    assert.match(error.message, /unknown parameter "stepz".*steps \(3\)/),
  );
});

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else {
  const cells: readonly (readonly [claim: string, source: string, ...expected: string[]])[] = [
    ["a parameter has the value it was given", "steps + 1", "value: 9"],
    [
      "a type error names its place and does not run",
      'const n: number = "a";',
      "error: TypeScriptError: Type 'string' is not assignable to type 'number'.",
    ],
    [
      "an exception keeps its name",
      'console.log("so far"); throw new RangeError("too far");',
      "stdout: so far\n",
      "error: RangeError: too far",
    ],
    [
      "stdout and stderr keep their order",
      'console.log("a"); console.error("b"); console.log("c");',
      "stdout: a\n",
      "stderr: b\n",
      "stdout: c\n",
    ],
    [
      "a display with an id is replaced",
      `const me = ${cell}; for (let i = 0; i < 5; i++) me.display({ "text/plain": i + " of 4" }, { id: "bar" }); ` +
        "undefined",
      "display: 4 of 4",
    ],
    [
      "the library is imported by its name, with types",
      'import { parseAnswer } from "deepretrieval"; const kind: string = parseAnswer("nothing").kind; kind',
      "value: malformed",
    ],
    [
      "a wrong use of the library is a type error",
      "parseAnswer(3)",
      "error: TypeScriptError: Argument of type 'number' is not assignable to parameter of type 'string'.",
    ],
    [
      "a source of the repository is imported relative to the notebook",
      'import { mapLimit } from "../lib/core/calls/limit"; await mapLimit([1, 2], 2, async (x) => 2 * x)',
      "value: [ 2, 4 ]",
    ],
    ["a first await may be followed by a parenthesis", "await (async () => 7)()", "value: 7"],
    ["a shorthand property may name a variable of an earlier cell", "const task = 5;"],
    ["… as here", "const both = { task, x: 1 }; both", "value: { task: 5, x: 1 }"],
    ["an unknown name is said to be one", "?parseAnswers", "display: parseAnswers: no such name"],
    ["a promise on the last line is awaited: one of nothing shows nothing", "Promise.resolve(undefined)"],
    ["a promise of a value shows the value", "Promise.resolve(7)", "value: 7"],
    ["the working folder is the notebook's", 'process.cwd().split("/").pop()', "value: notebooks"],
  ];
  let report: RunReport;
  let source: Notebook;

  test.before(async () => {
    const lines = 'for (let i = 0; i < 20000; i++) console.log("line", i);';
    source = notebook(
      code("let steps = 3;", "parameters"),
      ...cells.map(([, text]) => text),
      lines,
      code("throw 1", "skip-execution"),
      "parseAnswer?",
    );
    report = await runNotebook(source, { cwd, parameters: { steps: "8" }, allowErrors: true });
  });

  cells.forEach(([claim, , ...expected], i) =>
    test(claim, () => assert.equal(outputs(report.notebook, i + 2), expected)),
  ); // behind parameters and injection

  test("20,000 printed lines all arrive, in order", () => {
    const [stream] = report.notebook.cells.at(-3)?.outputs ?? [];
    assert.is(stream?.output_type, "stream");
    const text = stream?.output_type === "stream" ? joined(stream.text) : "";
    assert.is(text, Array.from({ length: 20000 }, (_, i) => `line ${i}\n`).join(""));
  });

  test("the notebook says what it was run with, and the one given is unchanged", () => {
    const stamp = report.notebook.metadata["deepretrieval"] as Record<string, unknown>;
    assert.equal([stamp["node"], stamp["parameters"], stamp["status"]], [process.version, { steps: 8 }, "ok"]);
    assert.equal(source.cells[1]?.outputs, []);
  });

  test("cells are numbered, and one tagged skip-execution is not run", () => {
    const counts = report.notebook.cells.map((each) => each.execution_count);
    const ran = cells.length + 3;
    assert.equal(counts, [...Array.from({ length: ran }, (_, i) => i + 1), null, ran + 1]);
  });

  test("a question about a name is answered in the notebook, since a runner has no pager", () => {
    const [page] = outputs(report.notebook, report.notebook.cells.length - 1);
    assert.match(page!, /^display: .*parseAnswer\(text: string/);
    assert.match(page!, "Reads the query out of `text`"); // its documentation
  });
}

test.run();

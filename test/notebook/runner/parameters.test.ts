import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Notebook, NotebookCell } from "../../../lib/notebook/runner/nbformat";
import { checkParameters, declaredParameters, injectParameters } from "../../../lib/notebook/runner/parameters";

const source = `// What to run
let steps = 100; // of PPO
let rate: number = 1e-4
let name = "it's \\"x\\" // y"; // quoted
let fast = false;
let corpus: string | undefined = undefined; // your own
let big = 20_000;
const fixed = 3;
let computed = Math.max(1, 2);`;
const code = (text: string, ...tags: string[]): NotebookCell => ({
  cell_type: "code",
  id: "c",
  source: text,
  metadata: { tags },
  outputs: [],
  execution_count: null,
});
const notebook: Notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [code("before"), code(source, "parameters"), code("after")],
};
const declared = declaredParameters(notebook);
const refusal = (given: Record<string, string | number>): string => {
  try {
    checkParameters(declared, given);
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
};

test("parameters are the lines `let name = literal`", () => {
  assert.equal(
    declared.map(({ name, type, value }) => [name, type, value]),
    [
      ["steps", "number", 100],
      ["rate", "number", 1e-4],
      ["name", "string", `it's "x" // y`],
      ["fast", "boolean", false],
      ["corpus", "string", undefined],
      ["big", "number", 20000],
    ],
  );
});

test("texts are read as the declared type", () => {
  assert.equal(checkParameters(declared, { steps: "8", fast: "true", corpus: "a=b.jsonl", name: "7" }), {
    steps: 8,
    fast: true,
    corpus: "a=b.jsonl",
    name: "7",
  });
});

test("an unknown name is refused with the names that are known", () => {
  assert.match(
    refusal({ stepz: "8" }),
    /unknown parameter "stepz".*steps \(100\), rate \(0.0001\).*corpus \(not set\)/,
  );
  assert.throws(() => checkParameters([], { x: "1" }), /declares none. Tag a cell/);
});

test("a value of another type is refused with an example", () => {
  assert.is(refusal({ steps: "many" }), 'parameter steps is "many"; it must be a number, like 100.');
  assert.is(refusal({ fast: "yes" }), 'parameter fast is "yes"; it must be a boolean, like false.');
  assert.match(refusal({ steps: Infinity }), /must be a number/);
  assert.match(refusal({ name: 3 }), /must be a string/);
});

test("values are assigned in a cell behind the parameters, and an earlier injection is replaced", () => {
  const once = injectParameters(notebook, { steps: 8 });
  const twice = injectParameters(once, { steps: 9, corpus: "x" });
  assert.equal(
    twice.cells.map((cell) => cell.source),
    ["before", source, '// Set from outside for this run\n{\n  steps = 9;\n  corpus = "x";\n}', "after"],
  );
  assert.is(injectParameters(once, {}).cells.length, 3);
});

test.run();

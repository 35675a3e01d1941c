import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { joined, readNotebook, type NotebookCell } from "../../../lib/notebook/runner/nbformat";
import { fromPercent, toPercent } from "../../../lib/notebook/runner/percent";
import { code, notebook, notebooks } from "./bench";

const words = (source: string, kind: "markdown" | "raw" = "markdown"): NotebookCell => ({
  cell_type: kind,
  id: "m",
  metadata: {},
  source,
});
const essence = ({ cell_type, source, metadata }: NotebookCell) => [cell_type, joined(source), metadata];

test("a cell is a marker and its lines; words are commented, settings are JSON", () => {
  const text = toPercent(notebook(words("# Title\n\nText."), code("let steps = 1;", "parameters")));
  assert.match(text, "//     name: deepretrieval\n// ---\n");
  assert.is(
    text.split("// ---\n\n")[1],
    '// %% [markdown]\n// # Title\n//\n// Text.\n\n// %% tags=["parameters"]\nlet steps = 1;\n',
  );
});

test("sources survive to the letter: empty ones, blank ends, code that looks like a marker", () => {
  const cells = ["", "\n", "a\n", "\n\nb\n\n", "// %% no marker", "// \\%% nor this", "  // %%", "//%%", "x // %%"].map(
    (source) => code(source),
  );
  const all = [
    ...cells,
    words(""),
    words("\n"),
    words("// %%\n %% x\n// y"),
    words("raw %", "raw"),
    { ...code("1"), metadata: { tags: ["a b", "]"], n: { x: '"' } } },
  ];
  const back = fromPercent("x.ts", toPercent(notebook(...all)));
  assert.equal(
    back.cells.map(essence),
    all.map((cell) => essence(cell.metadata.tags?.length === 0 ? { ...cell, metadata: {} } : cell)),
  );
  assert.is(new Set(back.cells.map(({ id }) => id)).size, all.length);
});

test("every notebook of the repository survives", () => {
  for (const name of readdirSync(notebooks).filter((file) => file.endsWith(".ipynb"))) {
    const before = readNotebook(path.join(notebooks, name));
    const after = fromPercent("x.ts", toPercent(before), before);
    assert.equal(after.cells.map(essence), before.cells.map(essence), name);
    assert.equal(
      after.cells.map(({ id, outputs }) => [id, outputs]),
      before.cells.map(({ id, outputs }) => [id, outputs]),
      name,
    );
    assert.equal(after.metadata, before.metadata);
  }
});

test("cells that did not change keep their outputs, wherever they went", () => {
  const before = notebook(
    { ...code("a"), id: "one", outputs: [{ output_type: "stream", name: "stdout", text: "A" }], execution_count: 3 },
    { ...code("b"), id: "two" },
  );
  const after = fromPercent("x.ts", '// %%\nnew\n\n// %% tags=["t"]\na\n', before);
  assert.equal(
    after.cells.map(({ id, execution_count, outputs }) => [id, execution_count, outputs?.length]),
    [
      ["cell-1", null, 0],
      ["one", 3, 1],
    ],
  );
  assert.equal(after.cells[1]!.metadata, { tags: ["t"] });
});

test("what other tools write is read: titles, md, Windows line ends", () => {
  const { cells } = fromPercent("x.ts", "// %% A title [md] n=1\r\n// text\r\n\r\n// %%\r\n1\r\n");
  assert.equal(cells.map(essence), [
    ["markdown", "text", { title: "A title", n: 1 }],
    ["code", "1", {}],
  ]);
});

test("a file that is no notebook is refused, with what to write", () => {
  assert.throws(() => fromPercent("x.ts", "const a = 1;"), /x\.ts: it has no line that begins a cell.*Write `\/\/ %%`/);
  assert.throws(() => fromPercent("x.ts", "// %%\n\n// %% tags=[a]\n"), /line 3: the value of tags is no JSON/);
});

test.run();

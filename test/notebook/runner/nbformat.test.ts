import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readNotebook, writeNotebook, type Notebook } from "../../../lib/notebook/runner/nbformat";

const folder = mkdtempSync(path.join(os.tmpdir(), "nbformat-"));
const file = path.join(folder, "x.ipynb");
test.after(() => rmSync(folder, { recursive: true }));

const refused = (text: string): string => {
  writeFileSync(file, text);
  try {
    readNotebook(file);
    return "accepted";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message.replace(file, "FILE")}`;
  }
};

test("a notebook that was written is read again, and no unfinished file stays behind", () => {
  const notebook: Notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { a: 1 },
    cells: [{ cell_type: "markdown", id: "m", metadata: {}, source: "# Title" }],
  };
  writeNotebook(file, notebook);
  assert.equal(readNotebook(file), notebook);
  assert.equal(readdirSync(folder), ["x.ipynb"]);
});

test("an unreadable notebook is named, with what is wrong in it", () => {
  assert.match(refused("{"), /^CorruptData: FILE: not a readable notebook/);
  assert.match(refused('{"nbformat":3}'), /nbformat is 3, not 4/);
  assert.match(refused('{"nbformat":4}'), /no list of cells/);
  assert.match(
    refused('{"nbformat":4,"cells":[{"cell_type":"code","source":"1"},{"cell_type":"picture"}]}'),
    /cell 2 has cell_type "picture"/,
  );
  assert.match(refused('{"nbformat":4,"cells":[{"cell_type":"code"}]}'), /cell 1 has no source text/);
  assert.throws(
    () => readNotebook(path.join(folder, "absent.ipynb")),
    /absent.ipynb: not a readable notebook .*ENOENT/,
  );
});

test("older notebooks get what nbformat 4.5 asks for", () => {
  writeFileSync(
    file,
    '{"nbformat":4,"nbformat_minor":2,"metadata":{},"cells":[{"cell_type":"code","source":["a\\n","b"]}]}',
  );
  assert.equal(readNotebook(file).cells, [
    { cell_type: "code", id: "cell-1", metadata: {}, execution_count: null, outputs: [], source: ["a\n", "b"] },
  ]);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { notebookHtml } from "../../../lib/notebook/html/page";
import { compareRun } from "../../../lib/notebook/runner/check";
import { cellList, cellsNotRun, noteTag, runNote, withoutRun } from "../../../lib/notebook/runner/outcome";
import { joined, type Notebook } from "../../../lib/notebook/runner/nbformat";
import { stripped } from "../../../lib/notebook/runner/strip";
import { code, notebook } from "./bench";

const stream = { output_type: "stream" as const, name: "stdout", text: "2" };
const ran = (source: string, ...tags: string[]) => ({
  ...code(source, ...tags),
  outputs: [stream],
  execution_count: 1,
});
const prose = { cell_type: "markdown" as const, id: "m", source: "# Title", metadata: {} };

test("a run begins without outputs, numbers and traces of an earlier one, skipped cells included", () => {
  const stored = notebook(prose, ran("1 + 1"), ran("slow()", "skip-execution"), ran("2", "keep-output"));
  stored.cells[1]!.metadata["execution"] = { "shell.execute_reply": "2020-01-01" };
  stored.metadata = { deepretrieval: { status: "ok" }, papermill: {}, kernelspec: { name: "x" } };
  const bare = withoutRun(structuredClone(stored));
  assert.equal(
    bare.cells.flatMap(({ outputs = [] }) => outputs),
    [],
  );
  assert.equal(
    bare.cells.map(({ execution_count = null }) => execution_count),
    [null, null, null, null],
  );
  assert.is(bare.cells[1]!.metadata["execution"], undefined);
  assert.equal(bare.metadata, { kernelspec: { name: "x" } });
});

test("cells that should have run and did not are those without number and output", () => {
  const quiet = { ...code("let x = 1;"), execution_count: 3 }; // ran, and showed nothing
  assert.equal(cellsNotRun(notebook(prose, ran("1"), quiet, "2", code("3", "skip-execution"), "  ", "4")), [3, 6]);
});

test("the note stands behind the cell where the run ended, and counts cells as they stand then", () => {
  const source = notebook(prose, ran("1"), "2", "3");
  const note = runNote(source, "failed", { index: 1, of: 4, status: "error", seconds: 0 })!;
  assert.is(note.at, 2);
  assert.is(
    joined(note.cell.source),
    "> **This run failed in cell 2.** Not run: cells 4 and 5. All outputs are of this run.",
  );
  assert.is(runNote(source, "ok", undefined), undefined);
  assert.match(joined(runNote(source, "interrupted", undefined)!.cell.source), "was interrupted before its first cell");
  const [before, behind] = [source.cells.slice(0, note.at), source.cells.slice(note.at)];
  const noted: Notebook = { ...source, cells: [...before, note.cell, ...behind] };
  assert.equal([stripped(noted).cells.length, withoutRun(noted).cells.length], [4, 4]); // neither leaves it
  assert.ok(note.cell.metadata.tags?.includes(noteTag));
});

test("lists of cells read as people count", () => {
  assert.equal([[4], [4, 6], [1, 2, 3], Array.from({ length: 12 }, (_, i) => i)].map(cellList), [
    "cell 5",
    "cells 5 and 7",
    "cells 2, 3 and 4",
    "12 cells, from 1 to 12",
  ]);
});

test("a page of a run that did not end says so at its top and beside every cell that did not run", () => {
  const page = (status: string) =>
    notebookHtml({ ...notebook(ran("1"), "2", "3"), metadata: { deepretrieval: { status } } });
  assert.match(page("interrupted"), "The run was interrupted: 2 cells were not run.");
  assert.match(page("running"), "The run was not at its end when this was written: 2 cells were not run.");
  assert.is(page("failed").match(/>not run</g)?.length, 2);
  assert.not.match(page("ok"), /not run/);
  assert.not.match(notebookHtml(notebook("1")), /not run/); // it never ran, and says nothing of it
});

test("stored outputs of a run that did not end are nothing to compare with", async () => {
  const check = await compareRun(
    { ...notebook(ran("1"), "2"), metadata: { deepretrieval: { status: "interrupted" } } },
    { cwd: "." },
  );
  assert.equal([check.status, check.cells], ["failed", 0]);
  assert.match(check.error!, "its stored outputs are of a run that was interrupted: cell 2 did not run");
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { createCollector } from "../../../lib/notebook/runner/collect";
import type { NotebookCell } from "../../../lib/notebook/runner/nbformat";
import { newHeader } from "../../../lib/notebook/kernel/wire/messages";

const codeCell = (): NotebookCell => ({ cell_type: "code", id: "c", source: "", metadata: {} });

function bench() {
  const collector = createCollector();
  const cells = { a: codeCell(), b: codeCell() };
  collector.begin("a", cells.a);
  collector.begin("b", cells.b);
  const add = (parent: string, type: string, content: object): boolean =>
    collector.add({
      header: newHeader(type, "s", "u"),
      parent: { msg_id: parent },
      content: content as Record<string, unknown>,
    });
  return { cells, add };
}
const bar = (text: string) => ({ data: { "text/plain": text }, metadata: {}, transient: { display_id: "bar" } });

test("pieces of one stream are one output, in whole lines", () => {
  const { cells, add } = bench();
  add("a", "stream", { name: "stdout", text: "one\ntw" });
  add("a", "stream", { name: "stdout", text: "o\nthree" });
  add("a", "stream", { name: "stderr", text: "!" });
  assert.equal(cells.a.outputs, [
    { output_type: "stream", name: "stdout", text: ["one\n", "two\n", "three"] },
    { output_type: "stream", name: "stderr", text: ["!"] },
  ]);
});

test("a message goes to the cell that caused it, however late", () => {
  const { cells, add } = bench();
  add("b", "stream", { name: "stdout", text: "b" });
  add("a", "stream", { name: "stdout", text: "late a" });
  assert.equal([cells.a.outputs?.length, cells.b.outputs?.length], [1, 1]);
  assert.not(add("unknown", "stream", { name: "stdout", text: "?" }));
});

test("an update replaces a display in every place that shows it", () => {
  const { cells, add } = bench();
  add("a", "display_data", bar("0"));
  add("b", "display_data", bar("0"));
  add("b", "update_display_data", bar("1"));
  const expected = [{ output_type: "display_data", data: { "text/plain": ["1"] }, metadata: {} }];
  assert.equal([cells.a.outputs, cells.b.outputs], [expected, expected]);
});

test("JSON types stay objects, texts become lines", () => {
  const { cells, add } = bench();
  add("a", "execute_result", {
    execution_count: 3,
    data: { "text/plain": "x\ny", "application/vnd.plotly.v1+json": { data: [] } },
    metadata: {},
  });
  const [output] = cells.a.outputs ?? [];
  assert.equal(output, {
    output_type: "execute_result",
    data: { "text/plain": ["x\n", "y"], "application/vnd.plotly.v1+json": { data: [] } },
    metadata: {},
    execution_count: 3,
  });
});

test("clear_output with wait clears when the next output comes", () => {
  const { cells, add } = bench();
  add("a", "stream", { name: "stdout", text: "old" });
  add("a", "clear_output", { wait: true });
  assert.is(cells.a.outputs?.length, 1);
  add("a", "stream", { name: "stdout", text: "new" });
  assert.equal(cells.a.outputs, [{ output_type: "stream", name: "stdout", text: ["new"] }]);
});

test.run();

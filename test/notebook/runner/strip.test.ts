import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Output } from "../../../lib/notebook/runner/nbformat";
import { stripped } from "../../../lib/notebook/runner/strip";
import { code, notebook } from "./bench";

const outputs: Output[] = [{ output_type: "stream", name: "stdout", text: "1" }];

test("outputs, numbers, stamps and injected cells go; keep-output cells stay; the argument is unchanged", () => {
  const ran = {
    ...notebook(
      { ...code("a"), outputs, execution_count: 7, metadata: { scrolled: true, tags: ["x"] } },
      code("p = 1", "injected-parameters"),
      { ...code("b", "keep-output"), outputs, execution_count: 8 },
    ),
    metadata: { deepretrieval: {}, kernelspec: { name: "k" } },
  };
  const bare = stripped(ran);
  assert.equal(
    bare.cells.map((cell) => [cell.source, cell.outputs?.length, cell.execution_count]),
    [
      ["a", 0, null],
      ["b", 1, 8],
    ],
  );
  assert.equal([bare.metadata, bare.cells[0]!.metadata], [{ kernelspec: { name: "k" } }, { tags: ["x"] }]);
  assert.is(ran.cells[0]!.outputs!.length, 1);
  assert.equal(stripped(bare), bare);
});

test.run();

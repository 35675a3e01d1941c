import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** What every notebook has in common: how it reads as a page, and on GitHub, which shows stored outputs only. */

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs?: readonly { readonly output_type: string; readonly data?: Readonly<Record<string, unknown>> }[];
}

const widest = 92; // columns of a line of code in an exported page, before it is broken

for (const name of readdirSync("notebooks").filter((file) => file.endsWith(".ipynb"))) {
  const { cells } = JSON.parse(readFileSync(join("notebooks", name), "utf8")) as { cells: readonly Cell[] };
  const code = cells.filter(({ cell_type }) => cell_type === "code");
  const text = ({ source }: Cell) => (typeof source === "string" ? source : source.join(""));

  test(`${name}: its code fits a page`, () => {
    const long = code.flatMap((cell) => text(cell).split("\n")).filter((line) => line.length > widest);
    assert.equal(long, []);
  });

  test(`${name}: prose comes first, under a heading, and one cell has the parameters`, () => {
    assert.is(cells[0]!.cell_type, "markdown");
    assert.match(text(cells[0]!), /^# \S.*\n\n\S/);
    assert.is(code.filter(({ metadata }) => metadata.tags?.includes("parameters")).length, 1);
  });

  test(`${name}: every figure has its picture, and no cell failed`, () => {
    const outputs = code.flatMap((cell) => cell.outputs ?? []);
    assert.not.ok(outputs.some(({ output_type }) => output_type === "error"));
    for (const { data } of outputs)
      if (data?.["application/vnd.plotly.v1+json"] !== undefined) assert.ok(data["image/png"], "a figure without one");
  });
}

test.run();

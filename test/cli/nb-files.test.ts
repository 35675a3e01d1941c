import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../lib/cli/main";
import { nbHtml } from "../../lib/cli/notebooks/nb-html";
import { nbStrip } from "../../lib/cli/notebooks/nb-strip";
import { nbFromTs, nbToTs } from "../../lib/cli/notebooks/nb-text";
import { readNotebook, writeNotebook } from "../../lib/notebook/runner/nbformat";
import { temporaryFolder } from "../fixtures";
import { code, notebook } from "../notebook/runner/bench";
import { unexpected } from "../unexpected";

const folder = temporaryFolder();
const file = path.join(folder, "x.ipynb");
const ran = notebook({
  ...code("1 + 1"),
  outputs: [{ output_type: "stream", name: "stdout", text: "2" }],
  execution_count: 1,
});

/** What `command` wrote to stdout, with its exit code. */
async function said(command: Command, ...argv: string[]): Promise<readonly [exit: number, out: string]> {
  const real = process.stdout.write;
  let out = "";
  process.stdout.write = (text: string | Uint8Array) => ((out += String(text)), true);
  try {
    return [await command.run(argv), out];
  } finally {
    process.stdout.write = real;
  }
}

test("strip removes outputs in place; --check changes nothing and says what it would", async () => {
  writeNotebook(file, ran);
  assert.equal(await said(nbStrip, "--check", file), [1, `${file}\n`]);
  assert.is(readNotebook(file).cells[0]!.outputs!.length, 1);
  assert.equal(await said(nbStrip, file), [0, `${file}\n`]);
  assert.is(readNotebook(file).cells[0]!.outputs!.length, 0);
  assert.equal(await said(nbStrip, "--check", file), [0, ""]);
});

test("strip reads all notebooks before it writes the first", async () => {
  writeNotebook(file, ran);
  await said(nbStrip, file, path.join(folder, "absent.ipynb")).then(unexpected, (error: Error) =>
    assert.match(error.message, "absent.ipynb: not a readable notebook"),
  );
  assert.is(readNotebook(file).cells[0]!.outputs!.length, 1);
});

test("to TypeScript and back: the notebook is updated, and what did not change keeps its outputs", async () => {
  writeNotebook(file, ran);
  const text = path.join(folder, "x.ts");
  assert.equal(await said(nbToTs, file), [0, `${text}\n`]);
  writeFileSync(text, `${readFileSync(text, "utf8")}\n// %%\n2 + 2\n`);
  assert.equal(await said(nbFromTs, text), [0, `${file}\n`]);
  assert.equal(
    readNotebook(file).cells.map(({ source, outputs }) => [source, outputs!.length]),
    [
      ["1 + 1", 1],
      ["2 + 2", 0],
    ],
  );
});

test("a program that happens to stand there is not overwritten unasked", async () => {
  const program = path.join(folder, "y.ts");
  writeFileSync(program, "export const a = 1;");
  writeNotebook(path.join(folder, "y.ipynb"), ran);
  await said(nbToTs, path.join(folder, "y.ipynb")).then(unexpected, (error: Error) =>
    assert.match(error.message, /y\.ts exists and is not a notebook/),
  );
  assert.is(readFileSync(program, "utf8"), "export const a = 1;");
});

test("a page is written beside the notebook", async () => {
  writeNotebook(file, ran);
  await said(nbHtml, file);
  assert.ok(existsSync(path.join(folder, "x.html")));
});

test.run();

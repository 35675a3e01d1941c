import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readJsonl } from "../../../lib/data/files/jsonl";

const folder = mkdtempSync(join(tmpdir(), "jsonl-"));
test.after(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const all = async (path: string, signal?: AbortSignal) => {
  const rows = [];
  for await (const row of readJsonl(path, signal ? { signal } : {})) rows.push(row);
  return rows;
};
const fails = async (path: string, message: RegExp, name = "CorruptData") => {
  try {
    await all(path);
  } catch (error) {
    assert.is((error as Error).name, name);
    return assert.match((error as Error).message, message);
  }
  assert.unreachable("read a broken file");
};

test("rows carry the number of their line; empty lines are skipped but counted", async () => {
  assert.equal(await all(file("plain.jsonl", '{"a":1}\n\n{"a":"é"}\r\n')), [
    { line: 1, value: { a: 1 } },
    { line: 3, value: { a: "é" } },
  ]);
});

test("the last line needs no line break, and a byte order mark is no part of the first", async () => {
  assert.equal(await all(file("bom.jsonl", '\ufeff{"a":1}\n{"a":2}')), [
    { line: 1, value: { a: 1 } },
    { line: 2, value: { a: 2 } },
  ]);
});

test("gzip is recognised by its bytes, whatever the file is called", async () => {
  const packed = gzipSync('{"a":1}\n'.repeat(50_000));
  assert.is((await all(file("packed.jsonl.gz", packed))).length, 50_000);
  assert.is((await all(file("packed.jsonl", packed))).length, 50_000);
  assert.is((await all(file("plain.jsonl.gz", '{"a":1}\n'))).length, 1);
});

test("letters that straddle two pieces of the file arrive whole", async () => {
  const rows = await all(file("wide.jsonl", `${JSON.stringify({ text: "病院é💊".repeat(40_000) })}\n`));
  assert.is(rows[0]!.value["text"], "病院é💊".repeat(40_000));
});

test("an empty file has no rows", async () => assert.equal(await all(file("empty.jsonl", "")), []));

test("a corrupt line is named with its number, the reason and how it begins", async () => {
  await fails(
    file("broken.jsonl", '{"a":1}\n{"a":\n'),
    /broken\.jsonl:2: not JSON: .*The line begins "\{\\"a\\":"; repair or remove it/,
  );
  await fails(file("list.jsonl", "[1]\n"), /list\.jsonl:1: holds \[1\], not an object/);
  await fails(file("null.jsonl", "null\n"), /null\.jsonl:1: holds null/);
});

test("a gzip file that was cut short or damaged is told as such", async () => {
  const packed = gzipSync('{"a":1}\n'.repeat(1000));
  await fails(
    file("cut.jsonl.gz", packed.subarray(0, packed.length - 20)),
    /cannot be read: unexpected end of file\. Check the path, and that the download is complete/,
  );
});

test("a missing file and a folder are told with their path", async () => {
  await fails(join(folder, "none.jsonl"), /none\.jsonl: cannot be read: ENOENT/);
  await fails(folder, /cannot be read: EISDIR/);
});

test("an aborted read stops with Interrupted", async () => {
  try {
    await all(file("plain.jsonl", '{"a":1}\n'), AbortSignal.abort());
  } catch (error) {
    return assert.is((error as Error).name, "Interrupted");
  }
  assert.unreachable();
});

test("a reader that stops early leaves nothing open", async () => {
  for await (const { line } of readJsonl(file("long.jsonl", '{"a":1}\n'.repeat(200_000)))) {
    assert.is(line, 1);
    break;
  }
});

test.run();

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { readParquet } from "../../lib/data/parquet";
import { readTable } from "../../lib/data/table";
import { sharedFile, temporaryFolder } from "../fixtures";

const folder = temporaryFolder();
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const all = async (rows: AsyncIterable<{ line: number; value: object }>) => {
  const list = [];
  for await (const row of rows) list.push(row);
  return list;
};
const fails = (path: string, message: RegExp) => all(readParquet(path)).then(() => assert.unreachable(), (error: Error) => {
  assert.is(error.name, "CorruptData");
  assert.match(error.message, message);
});

test("what is no parquet is told as such", async () => {
  await fails(file("text.parquet", "{}"), /text\.parquet: cannot be read as parquet/);
  await fails(file("empty.parquet", ""), /cannot be read as parquet/);
  await fails(join(folder, "none.parquet"), /ENOENT/);
});

test("a table is recognised by its first bytes, whatever it is called", async () => {
  assert.equal(await all(readTable(file("rows.parquet", '{"a":1}\n'))), [{ line: 1, value: { a: 1 } }]);
});

const scifact = sharedFile("data/deepretrieval/scifact.test.parquet");
if (scifact) {
  test("rows are numbered, numbers are numbers, nested columns are objects", async () => {
    const rows = await all(readTable(scifact));
    assert.is(rows.length, 339);
    const { line, value } = rows[0] as { line: number; value: Record<string, unknown> };
    assert.is(line, 1);
    assert.is(value["label"], 1);
    assert.equal(value["extra_info"], { index: 0, split: "test" });
  });

  test("a file that was cut short is corrupt, not short", async () => {
    const bytes = readFileSync(scifact);
    await fails(file("cut.parquet", bytes.subarray(0, bytes.length / 2)), /cannot be read as parquet/);
    await fails(file("hole.parquet", Buffer.concat([bytes.subarray(0, 100), bytes.subarray(bytes.length - 8000)])), /cannot be read as parquet/);
  });

  test("a byte order mark inside a text is kept", async () => {
    const rows = await all(readParquet(sharedFile("data/deepretrieval/nfcorpus.train.parquet")!));
    assert.is((rows[1409]!.value as Record<string, unknown>)["query"], "\ufeffCDC Report on Environmental Chemical Exposure");
  });

  test("damaged bytes are corrupt or unnoticed, and never end the program", async () => {
    const bytes = readFileSync(scifact);
    const rng = random("damage");
    let corrupt = 0;
    for (let i = 0; i < 60; i++) {
      const damaged = Buffer.from(bytes);
      for (let j = 0; j < 3; j++) damaged[rng.next() < 0.5 ? damaged.length - 1 - rng.below(6000) : rng.below(damaged.length)] = rng.below(256); // half of them in the footer
      await all(readParquet(file("damaged.parquet", damaged))).catch((error: Error) => {
        assert.is(error.name, "CorruptData", error.stack);
        corrupt++;
      });
    }
    assert.ok(corrupt > 10, `${corrupt}`);
  });

  test("an aborted read stops with Interrupted", async () => {
    await all(readParquet(scifact, { signal: AbortSignal.abort() })).then(() => assert.unreachable(), (error: Error) => assert.is(error.name, "Interrupted"));
  });
}

test.run();

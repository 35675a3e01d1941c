import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { readDataset, type DatasetExample } from "../../../lib/data/datasets/dataset";
import { readParquet } from "../../../lib/data/files/parquet";
import { readTable } from "../../../lib/data/files/table";
import { sharedFile, temporaryFolder } from "../../fixtures";

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
const fails = (path: string, message: RegExp) =>
  all(readParquet(path)).then(
    () => assert.unreachable(),
    (error: Error) => {
      assert.is(error.name, "CorruptData");
      assert.match(error.message, message);
    },
  );

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
    await fails(
      file("hole.parquet", Buffer.concat([bytes.subarray(0, 100), bytes.subarray(bytes.length - 8000)])),
      /cannot be read as parquet/,
    );
  });

  test("a byte order mark inside a text is kept", async () => {
    const rows = await all(readParquet(sharedFile("data/deepretrieval/nfcorpus.train.parquet")!));
    assert.is(
      (rows[1409]!.value as Record<string, unknown>)["query"],
      "\ufeffCDC Report on Environmental Chemical Exposure",
    );
  });

  test("damaged bytes are corrupt or unnoticed, and never end the program", async () => {
    const bytes = readFileSync(scifact);
    const rng = random("damage");
    let corrupt = 0;
    for (let i = 0; i < 60; i++) {
      const damaged = Buffer.from(bytes);
      for (let j = 0; j < 3; j++)
        // half of them in the footer
        damaged[rng.next() < 0.5 ? damaged.length - 1 - rng.below(6000) : rng.below(damaged.length)] = rng.below(256);
      await all(readParquet(file("damaged.parquet", damaged))).catch((error: Error) => {
        assert.is(error.name, "CorruptData", error.stack);
        corrupt++;
      });
    }
    assert.ok(corrupt > 10, `${corrupt}`);
  });

  test("an aborted read stops with Interrupted", async () => {
    await all(readParquet(scifact, { signal: AbortSignal.abort() })).then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.name, "Interrupted"),
    );
  });
}

/** Files that pyarrow 26 wrote, in base64. */
const written = {
  // pa.table({"a": ["", ""], "n": [None, None]}), data_page_version="2.0", compression="lz4": pages without a byte of
  // values
  emptyPages: [
    "UEFSMRUEFQgVCkwVAhUAEgAAQAAAAAAVBhUKFQpcFQQVABUEFRAVBBUAEhwAAAAEAQEEABUEFQAVAkwVABUAEgAAABUGFQYVBlwVBBUEFQQVEB",
    "UEFQASHAAAAAQAABUEGTw1ABgGc2NoZW1hFQQAFQwlAhgBYSUATBwAAAAVBCUCGAFuABYEGRwZLCYAHBUMGTUABhAZGAFhFQ4WBBZeFmAmLiYI",
    "KSwVBBUAFQIAFQAVEBUCADwWABkGGSYABAAAACYAHBUEGTUABhAZGAFuFQ4WBBZSFlQmhgEmaCksFQQVABUCABUAFRAVAgA8KQYZJgQAAAAAFr",
    "ABFgQmCBa0AQAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAAzgAAAFBBUjE=",
  ].join(""),
  // pa.table({"input": ["P"], "label": [[9007199254740993]], "pub_date": timestamp("us") of 2020-05-06
  // 07:08:09.123456})
  timestamp: [
    "UEFSMRUEFQoVCkwVAhUAEgAAAQAAAFAVABUSFRIsFQIVEBUGFQYcAAAAAgAAAAIBAQIAFQQVEBUQTBUCFQASAAABAAAAAAAgABUAFR4VHiwVAh",
    "UQFQYVBhwAAAACAAAAAgACAAAAAgMBAgAVBBUQFRBMFQIVABIAAIBqLG31pAUAFQAVEhUSLBUCFRAVBhUGHAAAAAIAAAACAQECABUEGWw1ABgG",
    "c2NoZW1hFQYAFQwlAhgFaW5wdXQlAEwcAAAANQIYBWxhYmVsFQIVBkw8AAAANQQYBGxpc3QVAgAVBCUCGAdlbGVtZW50ABUEJQIYCHB1Yl9kYX",
    "RlJRRMjBIcLAAAAAAAFgIZHBk8JgAcFQwZNQAGEBkYBWlucHV0FQAWAhZeFl4mLiYIKSwVBBUAFQIAFQAVEBUCADwWAhkGGSYAAgAAACYAHBUE",
    "GTUABhAZOAVsYWJlbARsaXN0B2VsZW1lbnQVABYCFnAWcCaSASZmKSwVBBUAFQIAFQAVEBUCADwpJgIAGUYAAAACAAAAJgAcFQQZNQAGEBkYCH",
    "B1Yl9kYXRlFQAWAhZkFmQmggIm1gEpLBUEFQAVAgAVABUQFQIAPCkGGSYAAgAAABayAhYCJggWsgIAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJz",
    "aW9uIDI2LjAuMRk8HAAAHAAAHAAAAGgBAABQQVIx",
  ].join(""),
};

test("an empty data page is valid under every codec", async () => {
  const rows = await all(readParquet(file("empty-pages.parquet", Buffer.from(written.emptyPages, "base64"))));
  assert.equal(
    rows.map(({ value }) => value),
    [
      { a: "", n: null },
      { a: "", n: null },
    ],
  );
});

test("a timestamp serves as a date, and a label past 2^53 keeps its digits", async () => {
  const examples = await readDataset(file("timestamp.parquet", Buffer.from(written.timestamp, "base64")));
  const [{ problem }] = examples as [DatasetExample];
  assert.equal([problem.maxDate, problem.judgments], ["2020/05/06", { "9007199254740993": 1 }]);
});

test.run();

import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildPostings } from "../../../../lib/search/bm25/indexing/build-postings";
import { indexFile, readPostings, writePostings } from "../../../../lib/search/bm25/files/index-file";
import { temporaryFolder } from "../../../fixtures";

const built = () =>
  buildPostings([
    { id: "a", contents: "heart attack" },
    { id: "b", contents: "心臓 stroke stroke" },
  ]);

test("an index is read as it was written, and is all there is in its folder", async () => {
  const folder = temporaryFolder();
  const postings = await built();
  assert.is(writePostings(folder, postings), readFileSync(indexFile(folder)).length);
  assert.equal(readPostings(folder), postings);
  assert.equal(readdirSync(folder), ["bm25.index"]);
});

test("no byte can change or go missing unnoticed", async () => {
  const folder = temporaryFolder();
  writePostings(folder, await built());
  const whole = readFileSync(indexFile(folder));
  const readable = Buffer.alloc(whole.length); // bytes that a reader does not look at: padding between arrays
  for (let at = 0; at < whole.length; at += 3) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1;
    writeFileSync(indexFile(folder), bytes);
    try {
      readPostings(folder);
      readable[at] = 1;
    } catch (error) {
      assert.is((error as Error).name, "CorruptData", `byte ${at}: ${error}`);
    }
  }
  assert.ok(readable.every((flag, at) => flag === 0 || whole[at] === 0));
  assert.ok(readable.filter((flag) => flag === 1).length < 8 * 11);
  for (const length of [0, 10, 16, 100, whole.length - 8]) {
    writeFileSync(indexFile(folder), whole);
    truncateSync(indexFile(folder), length);
    assert.throws(
      () => readPostings(folder),
      (error: Error) =>
        error.name === "CorruptData" && /Build the index again: deepretrieval index build/.test(error.message),
      `${length} bytes`,
    );
  }
});

test("a folder without an index, and a file that is none, are named", () => {
  const folder = temporaryFolder();
  assert.throws(() => readPostings(folder), /bm25.index: cannot be read: ENOENT.*Build the index again/);
  writeFileSync(indexFile(folder), "something else entirely");
  assert.throws(() => readPostings(folder), /is no index of this version: it begins "somethin"/);
});

test("where writing fails, the old index stands and nothing else is left", async () => {
  const folder = temporaryFolder();
  const postings = await built();
  writePostings(folder, postings);
  mkdirSync(`${indexFile(folder)}.${process.pid}.tmp`); // so that the new file cannot be opened
  assert.throws(() => writePostings(folder, postings), /EISDIR/);
  assert.equal(readPostings(folder), postings);
});

test.run();

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readQrels } from "../../../lib/data/trec/qrels";

const folder = mkdtempSync(join(tmpdir(), "trec-"));
test.after(() => rmSync(folder, { recursive: true }));

const read = (content: string) => {
  writeFileSync(join(folder, "qrels"), content);
  return readQrels(join(folder, "qrels"));
};
const fails = async (content: string, message: RegExp) => {
  try {
    await read(content);
  } catch (error) {
    assert.is((error as Error).name, "CorruptData");
    return assert.match((error as Error).message, message);
  }
  assert.unreachable("read broken judgments");
};

test("judgments by topic, tabs or spaces, grade 0 and below kept", async () => {
  assert.equal(await read("t1 0 d1 1\nt1\t0\td2\t0\r\n\nt2 Q0 d1 -1\n"), { t1: { d1: 1, d2: 0 }, t2: { d1: -1 } });
});

test("the same judgment twice is one; two different ones are a contradiction", async () => {
  assert.equal(await read("t 0 d 1\nt 0 d 1\n"), { t: { d: 1 } });
  await fails("t 0 d 1\nt 0 d 0\n", /qrels:2: document d of topic t has grade 0 here and 1 before/);
});

test("another shape is named with its line", async () => {
  await fails("t 0 d 1\nt d 1\n", /qrels:2: 3 columns instead of 4: "t d 1"\. A line reads "topic 0 document grade"/);
  await fails("t 0 d yes\n", /qrels:1: the grade is "yes", not an integer/);
});

test.run();

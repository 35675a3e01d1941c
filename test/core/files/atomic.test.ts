import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeAtomic } from "../../../lib/core/files/atomic";
import { temporaryFolder } from "../../fixtures";

test("a file is written whole, its folder made, and replaced", () => {
  const folder = temporaryFolder();
  const file = join(folder, "new", "a.txt");
  writeAtomic(file, "old and long");
  writeAtomic(file, Buffer.from("née"));
  assert.is(readFileSync(file, "utf8"), "née");
  assert.equal(readdirSync(join(folder, "new")), ["a.txt"]);
});

test("a write that fails throws and leaves nothing beside what was there", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "taken")); // a file cannot replace a folder
  assert.throws(() => writeAtomic(join(folder, "taken"), "text"), /EISDIR|ENOTEMPTY|EPERM|EEXIST/);
  assert.equal(readdirSync(folder), ["taken"]);
});

test.run();

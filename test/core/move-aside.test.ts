import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { moveAside } from "../../lib/core/move-aside";
import { temporaryFolder } from "../fixtures";

test("a run's folder is moved aside under the next free number, never overwritten", () => {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  for (const text of ["first", "second"]) {
    mkdirSync(run);
    writeFileSync(join(run, "a"), text);
    moveAside(run);
  }
  assert.equal(readdirSync(folder), ["run-1", "run-2"]);
  assert.is(readFileSync(join(folder, "run-1", "a"), "utf8"), "first");
});

test("a folder that is empty or absent is left alone", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "run"));
  moveAside(join(folder, "run"));
  moveAside(join(folder, "absent"));
  assert.equal(readdirSync(folder), ["run"]);
});

test.run();

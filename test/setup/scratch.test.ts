import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { discardAll, place, scratchBeside, sweepBeside } from "../../lib/setup/scratch";

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "set-up-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

test("a finished folder takes the place of the old one, whole", () => {
  const target = join(folder, "dist");
  mkdirSync(target);
  writeFileSync(join(target, "old.js"), "");
  const next = scratchBeside(target);
  mkdirSync(next);
  writeFileSync(join(next, "new.js"), "");
  place(next, target);
  assert.equal(readdirSync(target), ["new.js"]);
  assert.equal(readdirSync(folder), ["dist"]); // and nothing is left beside it
});

test("a file replaces a file, and folders on the way are made", () => {
  const target = join(folder, "a/b/addon.node");
  for (const text of ["first", "second"]) {
    const next = scratchBeside(join(folder, "addon.node"));
    writeFileSync(next, text);
    place(next, target);
    assert.is(readFileSync(target, "utf8"), text);
  }
});

test("what is half made when set-up is stopped goes away, and what was placed stays", () => {
  const [done, half] = [scratchBeside(join(folder, "done")), scratchBeside(join(folder, "half"))];
  for (const made of [done, half]) writeFileSync(made, "");
  place(done, join(folder, "done"));
  discardAll();
  assert.equal(readdirSync(folder), ["done"]);
});

test("leftovers of killed set-ups are swept, other files are not", () => {
  for (const name of ["lib.999999-1.tmp", "lib.download", "library.999999-1.tmp", "lib"])
    writeFileSync(join(folder, name), "");
  sweepBeside(join(folder, "lib"));
  assert.not(existsSync(join(folder, "lib.999999-1.tmp")));
  assert.equal(readdirSync(folder).sort(), ["lib", "lib.download", "library.999999-1.tmp"]);
});

test.run();

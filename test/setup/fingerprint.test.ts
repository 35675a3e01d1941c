import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { filesBelow, fingerprint, folderFingerprint, readStamp } from "../../lib/setup/fingerprint";

test("a fingerprint depends on where one part ends and the next begins", () => {
  assert.is(fingerprint("ab", "c"), fingerprint("ab", "c"));
  assert.is.not(fingerprint("ab", "c"), fingerprint("a", "bc"));
  assert.match(fingerprint(""), /^[0-9a-f]{16}$/);
});

test("a folder's fingerprint changes with a content and with a name, and with nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "set-up-"));
  mkdirSync(join(folder, "core"));
  writeFileSync(join(folder, "core/random.ts"), "1");
  const first = folderFingerprint(folder);
  assert.equal(filesBelow(folder), ["core/random.ts"]);
  assert.is(folderFingerprint(folder), first);
  writeFileSync(join(folder, "core/random.ts"), "2");
  const second = folderFingerprint(folder);
  renameSync(join(folder, "core/random.ts"), join(folder, "core/seed.ts"));
  const third = folderFingerprint(folder);
  assert.is(new Set([first, second, third]).size, 3);
  rmSync(folder, { recursive: true });
});

test("what is not there has no files and an empty stamp", () => {
  assert.equal(filesBelow("/does/not/exist"), []);
  assert.is(readStamp("/does/not/exist"), "");
});

test.run();

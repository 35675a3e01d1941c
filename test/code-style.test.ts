import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = join(__dirname, "..");
const biome = require.resolve("@biomejs/biome/bin/biome");

test("every file is formatted as .biome.json says, and breaks none of its rules", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [biome, "ci", "--colors=off", root], {
    cwd: root,
    encoding: "utf8",
  });
  assert.is(status, 0, `npx biome check --write mends most of this:\n${stdout}${stderr}`);
});

test.run();

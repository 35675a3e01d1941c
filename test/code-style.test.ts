import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
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

const files = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const lines = (file: string): string[] => readFileSync(join(root, file), "utf8").split("\n");

/** Lines that no break would make clearer: tables of Unicode, and what a standard gives as one line. */
const unbreakable = /word-break\.ts$|matmul\.as\.ts$/;

test("no line of the library, the kernel and the tests is longer than 120 columns", () => {
  const long = ["lib", "kernels", "test", "packages"]
    .flatMap((folder) => files(folder, /\.(ts|js|cc|h)$/))
    .filter((file) => !unbreakable.test(file))
    .flatMap((file) => lines(file).flatMap((line, i) => ([...line].length > 120 ? [`${file}:${i + 1}`] : [])));
  assert.equal(long, []);
});

test("a folder of the library has 20 files at most, and half of the files 110 lines at most", () => {
  const all = files("lib", /./);
  const counts = new Map<string, number>();
  for (const file of all) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  assert.equal(
    [...counts].filter(([, count]) => count > 20),
    [],
  );
  const lengths = all.filter((file) => file.endsWith(".ts")).map((file) => lines(file).length - 1);
  const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)]!;
  assert.ok(median <= 110, `the median file has ${median} lines`);
});

test.run();

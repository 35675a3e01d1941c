import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { testFiles, verdict } from "../run";

const uvu = (total: number, passed: number, skipped = 0) =>
  `\n  Total:     ${total}\n\x1b[32m  Passed:    ${passed}\x1b[39m\n  Skipped:   ${skipped}\n`;

test("a file's tests are counted from what uvu prints", () => {
  assert.equal(verdict(uvu(3, 3), { code: 0 }), { passed: 3, failed: 0, skipped: [], why: "" });
  assert.equal(verdict(uvu(3, 1), { code: 1 }), { passed: 1, failed: 2, skipped: [], why: "2 of 3 failed" });
});

test("a file that runs no test, crashes, or does not end is a failure", () => {
  assert.match(verdict("", { code: 0 }).why, /ran no test/);
  assert.is(verdict("", { code: 0 }).failed, 1);
  // after its tests
  assert.equal(verdict(uvu(2, 2), { code: 1 }), { passed: 2, failed: 1, skipped: [], why: "ended with exit code 1" });
  assert.is(verdict("SyntaxError", { code: null, signal: "SIGSEGV" }).why, "ended by SIGSEGV");
  assert.match(verdict(uvu(2, 2), { code: null, late: 120 }).why, /not done after 120 s/);
});

test("a test that says why it is skipped is not counted as passed", () => {
  const output = `skipped in file: no shared data\n• skipped: no native backend\n• • ${uvu(3, 3)}`;
  assert.equal(verdict(output, { code: 0 }), {
    passed: 2,
    failed: 0,
    skipped: ["no native backend", "no shared data"],
    why: "",
  });
  // Marked ones are uvu's own count: a reason that the file gave once holds for all of them.
  assert.equal(verdict(`skipped in file: no Chromium\n${uvu(0, 0, 3)}`, { code: 0 }), {
    passed: 0,
    failed: 0,
    skipped: ["no Chromium", "no Chromium", "no Chromium"],
    why: "",
  });
  assert.equal(verdict(uvu(1, 1, 1), { code: 0 }).skipped, ["marked with test.skip"]);
});

test("the last line counts everything, the exit code tells failure, and a pattern chooses files", () => {
  const root = mkdtempSync(join(tmpdir(), "set-up-"));
  for (const folder of ["core", "full"]) mkdirSync(join(root, "test", folder), { recursive: true });
  symlinkSync(resolve(__dirname, "../../node_modules"), join(root, "node_modules"));
  cpSync(resolve(__dirname, "../run.js"), join(root, "test/run.js"));
  mkdirSync(join(root, "lib/setup"), { recursive: true });
  cpSync(resolve(__dirname, "../../lib/setup/machine-speed.js"), join(root, "lib/setup/machine-speed.js"));
  const head = 'import { test } from "uvu"; import * as assert from "uvu/assert";\n';
  writeFileSync(join(root, "test/core/good.test.ts"), `${head}test("a", () => {}); test("b", () => {}); test.run();`);
  cpSync(resolve(__dirname, "../skip.ts"), join(root, "test/skip.ts"));
  writeFileSync(
    join(root, "test/core/lacking.test.ts"),
    `${head}import { skip } from "../skip"; skip("no data"); test("e", () => {}); test("f", () => skip("no ` +
      `GPU")); test("g", async () => { await null; skip("no GPU"); }); test.run();`,
  );
  writeFileSync(
    join(root, "test/core/bad.test.ts"),
    `${head}test("1 is 2", () => assert.is(1, 2)); test("c", () => {}); test.run();`,
  );
  writeFileSync(join(root, "test/core/silent.test.ts"), `${head}test("never run", () => {});`);
  writeFileSync(join(root, "test/full/long.test.ts"), `${head}test("d", () => {}); test.run();`);

  const run = (...args: string[]) => {
    const { stdout, status } = spawnSync(process.execPath, ["test/run.js", ...args], { cwd: root, encoding: "utf8" });
    return { stdout, status, last: stdout.trimEnd().split("\n").at(-1) };
  };
  const all = run();
  // 2 + 1 + 1 passed; "1 is 2" and silent.test.ts failed
  assert.equal([all.last, all.status], ["4 passed, 2 failed, 3 skipped", 1]);
  assert.match(all.stdout, /\nskipped +2: no GPU\nskipped +1: no data\n4 passed/);
  assert.match(all.stdout, /ok {4}core\/lacking\.test\.ts +1 .* 3 skipped\n/);
  assert.match(all.stdout, /FAIL {2}core\/silent\.test\.ts .*ran no test/);
  assert.match(all.stdout, /1 is 2/);
  assert.equal([run("good").last, run("good").status], ["2 passed, 0 failed", 0]);
  assert.equal([run("nothing-like-it").last, run("nothing-like-it").status], ["0 passed, 0 failed", 1]);
  assert.equal(testFiles(join(root, "test"), { full: true, pattern: "long|good" }), [
    "core/good.test.ts",
    "full/long.test.ts",
  ]);
  rmSync(root, { recursive: true });
});

test.run();

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { forget, refuseAgain, remember } from "../../lib/setup/refusal";
import { Shortfall } from "../../lib/setup/shortfall";

const library = { name: "tensorflow-cpu-9" };
const minutes = (n: number) => n * 60_000;
let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "set-up-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

test("a failed download is not tried again for an hour", () => {
  remember(folder, library, new Shortfall("wheel", "no network"), 0);
  assert.throws(() => refuseAgain(folder, library, minutes(59)), /no network; 59 min ago, .*--retry/);
  refuseAgain(folder, library, minutes(61)); // does not throw
});

test("what is found out in milliseconds is not remembered, and --retry forgets the rest", () => {
  remember(folder, library, new Shortfall("compiler", "make"), 0);
  refuseAgain(folder, library, 0);
  remember(folder, library, new Shortfall("build", "error"), 0);
  forget(folder, library);
  refuseAgain(folder, library, 0);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Finding } from "../../lib/backend/doctor/findings";
import { machineOf } from "../setup/card/machine-of";
import { commandLine } from "./capture";

const before = { ...process.env };
test.after.each(() => void (process.env = { ...before }));

interface Told {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly card: { readonly problem?: { readonly kind: string } };
}

test("doctor says what computes in lines and as JSON, and fails where a card that was asked for does not", async () => {
  const row = "470.82.01, 3.7, Tesla K80, GPU-1";
  await machineOf({ smi: row, env: { DEEPRETRIEVAL_NATIVE: "cuda" } }, async (env) => {
    process.env = env;
    const { exit, out, err } = await commandLine("doctor", "--json");
    const { ok, findings, card } = JSON.parse(out) as Told;
    assert.equal([exit, ok, card.problem?.kind], [1, false, "driver"]);
    assert.match(
      err,
      /^BAD {2}no card is used: NVIDIA's driver is too old \(470\.82\.01, .*\. To use one, update the driver\.$/m,
    );
    assert.match(err, /^ok {3}\w+ \(.*\) computes on the processor/m);
    assert.is(findings.length, err.trim().split("\n").length);
    assert.not.match(err, /\n {4}at /);
  });
});

test("a setting that is none is a finding, not a stack; a word behind the command is refused", async () => {
  process.env["DEEPRETRIEVAL_NATIVE"] = "CUDA";
  const { exit, err } = await commandLine("model", "generate", "no-such-model", "x");
  assert.is.not(exit, 0);
  assert.not.match(err, /\n {4}at /);
  assert.is((await commandLine("doctor", "now")).exit, 2);
});

test.run();

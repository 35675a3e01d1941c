import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cardReport, whyNoCard } from "../../../lib/backend/native/no-card";
import { machineOf, type Fakes } from "./machine-of";

const both = ["libcuda.so.1", "libnvidia-ml.so.1"] as const;
const row = "580.159.03, 9.0, Fake card, GPU-1";

/** A machine of fakes, and what set-up's report says of it. */
const cases: readonly (readonly [what: string, fakes: Fakes, kind: string | undefined])[] = [
  ["a driver and a card", { libraries: both, smi: row }, undefined],
  ["a driver without nvidia-smi", { libraries: both }, undefined],
  ["a card that is newer than any known", { libraries: both, env: { FAKE_MAJOR: "12" } }, undefined],
  ["the oldest generation", { libraries: both, env: { FAKE_MAJOR: "6", FAKE_MINOR: "1" } }, undefined],
  ["one that is older", { libraries: both, env: { FAKE_MAJOR: "5" } }, "card"],
  ["a driver for CUDA 11", { libraries: both, env: { FAKE_CUDA: "11080" } }, "driver"],
  ["an old driver's nvidia-smi", { libraries: both, smi: "470.82.01, Tesla K80, GPU-1" }, "driver"],
  ["no card", { libraries: both, env: { FAKE_INIT: "100" } }, "noCard"],
  ["no card in the list", { libraries: both, env: { FAKE_COUNT: "0" } }, "noCard"],
  ["a hidden card", { libraries: both, smi: row, env: { FAKE_INIT: "100", CUDA_VISIBLE_DEVICES: "7" } }, "hidden"],
  ["a driver that does not start", { libraries: both, env: { FAKE_INIT: "999" } }, "driverFails"],
  ["a driver that crashes", { libraries: both, env: { FAKE_CRASH: "1" } }, "driverFails"],
  ["nvidia-smi whose driver has no library", { smi: row }, "library"],
  ["a driver without the library that counts cards", { libraries: ["libcuda.so.1"] }, "library"],
  ["nothing at all", {}, "noDriver"],
];

const isBare =
  process.platform === "linux" &&
  !["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"].some((file) => existsSync(file));

for (const [what, fakes, kind] of cases)
  test(`${what}: the report of a process of its own is ${kind ?? "that it can be used"}`, async () => {
    if (!isBare) return; // no Linux, or one whose real driver stands beside the fakes
    await machineOf(fakes, (env) => {
      const report = cardReport(env);
      assert.is(report?.problem?.kind, kind);
      if (kind) assert.match(whyNoCard(report, true), /^.+\. To use the card, [^\n]+$/);
    });
  });

test("where nothing is wrong with the card, it is what set-up has built, or TensorFlow does not say", () => {
  const fine = { files: [], driver: { cards: [{ name: "H200" }] } };
  for (const report of [undefined, fine]) {
    assert.match(whyNoCard(report, false), /built is for the processor\. Run `node lib\/setup\/main\.js`/);
    assert.match(whyNoCard(report, true), /does not say why\. Run `node lib\/setup\/main\.js`/);
  }
});

test.run();

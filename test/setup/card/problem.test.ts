import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkCard, problemOf } from "../../../lib/setup/native/card/problem";
import type { Facts } from "../../../lib/setup/native/card/problem";
import { cardLine } from "../../../lib/setup/native/shortfall";

const device = "/dev/nvidiactl";
const card = (capability: string | undefined, name = "a card", uuid?: string) => ({ capability, name, uuid });
const smi = (driver: string, ...cards: object[]) => ({ driver, cards });
const driver = (...cards: object[]) => ({ driverError: null, monitorError: null, code: 0, cuda: 13000, cards });
const h200 = card("9.0", "NVIDIA H200", "GPU-9a");
const t4 = card("7.5", "Tesla T4", "GPU-75");
const fine = { files: [device], smi: smi("580.159.03", h200), driver: driver(h200) };
const fails = (code: number, error: string) => ({ ...driver(), code, error });
const unopened = { driverError: "libcuda.so.1: cannot open shared object file", monitorError: null, cards: [] };

/** What is known of a machine → the line of set-up, from its cause to its cure. */
const cases: readonly (readonly [what: string, facts: object, line: RegExp])[] = [
  ["nothing of NVIDIA's", { files: [], driver: unopened }, /no NVIDIA driver was found.*install NVIDIA's driver/],
  ["nothing of NVIDIA's, nor Python", { files: [] }, /no NVIDIA driver was found/],
  [
    "an old driver, by nvidia-smi alone",
    { files: [], smi: smi("470.82.01", card(undefined)) },
    /too old \(470\.82\.01, and CUDA 12 needs 525\.60\.13 or later\).*update the driver/,
  ],
  ["a driver one release too old", { ...fine, smi: smi("525.60.9", h200) }, /too old \(525\.60\.9,/],
  ["an old driver, by its library", { ...fine, driver: { ...driver(h200), cuda: 11040 } }, /CUDA 11\.4, and CUDA 12/],
  [
    "an old card",
    { ...fine, smi: smi("550.10", card("5.2", "GTX 970")) },
    /card is too old \(GTX 970 has compute capability 5\.2, and TensorFlow needs 6\.0\)/,
  ],
  ["an old card, by its driver alone", { files: [device], driver: driver(card("5.0", "K")) }, /K has .* 5\.0/],
  ["an old card that is the last one", { ...fine, driver: driver(h200, card("3.5", "K40")) }, /K40 has .* 3\.5/],
  [
    "a container without the driver's library",
    { ...fine, driver: unopened },
    /does not open \(libcuda\.so\.1.*compute,ut/,
  ],
  [
    "a container without nvidia-smi's library",
    { ...fine, driver: { ...driver(h200), monitorError: "libnvidia-ml.so.1: no such file" } },
    /does not open \(libnvidia-ml\.so\.1: no such file\).*NVIDIA_DRIVER_CAPABILITIES/,
  ],
  [
    "a driver that was updated while it runs",
    { files: [device], smi: { failure: "Driver/library version mismatch" }, driver: fails(803, "CUDA_ERROR_X") },
    /driver does not start \(cuInit gave CUDA_ERROR_X \(803\)\).*restart the machine/,
  ],
  [
    "a driver that hangs",
    { files: [device], driver: { silent: "it did not answer in 30 s" } },
    /start \(it did not answer/,
  ],
  [
    "a library without a device",
    { files: ["/proc/driver/nvidia/version"], driver: fails(100, "CUDA_ERROR_NO_DEVICE") },
    /finds no card \(cuInit gave CUDA_ERROR_NO_DEVICE \(100\)\).*docker run --gpus all/,
  ],
  ["a driver that counts no card", { files: [device], driver: driver() }, /finds no card \(the driver counts none\)/],
  [
    "nvidia-smi without cards, and no Python",
    { files: [device], smi: { failure: "No devices were found" } },
    /were found/,
  ],
  [
    "a kernel module whose container has no card, and no Python",
    { files: ["/proc/driver/nvidia/version"] },
    /none of \/dev\/nvidiactl, \/dev\/dxg/,
  ],
  ...["", "-1", "7", "GPU-nobody", "none", " "].map(
    (visible) =>
      [
        `CUDA_VISIBLE_DEVICES=${JSON.stringify(visible)}`,
        { ...fine, visible, driver: fails(100, "CUDA_ERROR_NO_DEVICE") },
        new RegExp(`CUDA_VISIBLE_DEVICES is ${JSON.stringify(visible)}, which shows none of the 1 that .*unset it`),
      ] as const,
  ),
  [
    "a number of two, without Python",
    { files: [device], smi: smi("580.1", t4, h200), visible: "2" },
    /the 2 that nvidia-smi/,
  ],
];

for (const [what, facts, line] of cases)
  test(`${what}: one line says what it is and what to do`, () => {
    const problem = problemOf(facts as Facts);
    assert.ok(problem, "a problem is found");
    const text = cardLine(problem);
    assert.match(text, line);
    assert.match(
      text,
      /^set-up {2}native TensorFlow on the card: none, as .+\. The processor computes instead\. To .+\.$/,
    );
    assert.not.match(text, /\n|undefined|null/);
  });

const usable: readonly (readonly [what: string, facts: object, name: string | undefined])[] = [
  ["a card", fine, "NVIDIA H200"],
  ["the oldest that works", { ...fine, smi: smi("525.60.13"), driver: driver(card("6.0", "P100")) }, "P100"],
  ["one that is newer than any known", { ...fine, driver: driver(card("12.0", "RTX 5090")) }, "RTX 5090"],
  ["the last of two, whatever the first is", { ...fine, driver: driver(card("3.5", "K40"), h200) }, "NVIDIA H200"],
  ["what nvidia-smi knows, without Python", { files: [device], smi: smi("580.1", card("3.5"), t4) }, "Tesla T4"],
  ["the one that is left visible", { files: [device], smi: smi("580.1", t4, card("3.5")), visible: "0" }, "Tesla T4"],
  ["one by its identifier", { files: [device], smi: smi("580.1", t4, card("3.5")), visible: "GPU-75" }, "Tesla T4"],
  [
    "a part of a card",
    { files: [device], smi: smi("580.1", h200), visible: "MIG-1", driver: driver(card("9.0", "M")) },
    "M",
  ],
  ["a device of which nothing else is known", { files: [device] }, undefined],
  [
    "WSL, whose nvidia-smi is not on PATH",
    { files: ["/usr/lib/wsl/lib/libcuda.so.1", "/dev/dxg"], driver: driver(t4) },
    "Tesla T4",
  ],
];

for (const [what, facts, name] of usable)
  test(`${what} is used`, async () => {
    assert.is((await checkCard(() => Promise.resolve(facts as Facts))).name, name);
  });

test.run();

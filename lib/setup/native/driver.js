// NVIDIA's driver and card, as nvidia-smi reports them, and whether TensorFlow's CUDA build can use them.
"use strict";
const { run } = require("../command");
const { Shortfall } = require("./shortfall");

/** The least that the wheels work with: CUDA 12 by its minor version compatibility, and their machine code. */
const least = { driver: "525.60.13", capability: "6.0" };

/** Asks nvidia-smi. Undefined where it is not there: some containers have the driver without it. */
async function askDriver() {
  const { code, stdout } = await run(
    "nvidia-smi",
    ["--query-gpu=driver_version,compute_cap,name", "--format=csv,noheader"],
    { seconds: 20 },
  );
  return code === 0 ? stdout : undefined;
}

/** `12.10` is above `12.9`. */
function isBelow(version, bound) {
  const [left, right] = [version, bound].map((text) => text.split(".").map(Number));
  const place = right.findIndex((number, i) => (left[i] ?? 0) !== number);
  return place >= 0 && (left[place] ?? 0) < right[place];
}

/**
 * The last card, which is the one that the addon uses: `{ driver, capability, name }`. Undefined if nothing is known.
 * @param {() => Promise<string | undefined>} [ask]
 * @returns {Promise<{ driver: string, capability: string, name: string } | undefined>}
 * @throws Shortfall where its driver or the card itself is too old
 */
async function checkCard(ask = askDriver) {
  const line = (await ask())?.trim().split("\n").at(-1);
  const [driver, capability, ...name] = (line ?? "").split(",").map((text) => text.trim());
  if (!/^\d+(\.\d+)+$/.test(driver) || !/^\d+\.\d+$/.test(capability ?? "")) return undefined;
  const card = { driver, capability, name: name.join(", ") };
  if (isBelow(driver, least.driver))
    throw new Shortfall("driver", `${driver}, and CUDA 12 needs ${least.driver} or later`);
  if (isBelow(capability, least.capability))
    throw new Shortfall(
      "card",
      `${card.name} has compute capability ${capability}, and TensorFlow needs ${least.capability}`,
    );
  return card;
}

module.exports = { checkCard, least };

// What nvidia-smi says of the driver and of all cards, those that CUDA_VISIBLE_DEVICES hides too.
"use strict";
const { run } = require("../../command");

const places = ["nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"];
const queries = ["driver_version,compute_cap,name,uuid", "driver_version,name,uuid"]; // old ones know no compute_cap

/**
 * `{ driver, cards: [{ capability, name, uuid }] }`, or `{ failure }` in its own words. Undefined where it is not
 * there: some containers have the driver without it.
 */
async function askSmi(env = process.env, start = run) {
  for (const file of places) {
    let failure;
    for (const query of queries) {
      const { code, stdout, output } = await start(file, [`--query-gpu=${query}`, "--format=csv,noheader"], {
        env,
        seconds: 20,
      });
      if (code === 127) break;
      const known = code === 0 ? readSmi(stdout) : undefined;
      if (known) return known;
      failure = code === 124 ? "it did not answer in 20 s" : firstLine(output) || `exit code ${code}`;
    }
    if (failure) return { failure };
  }
  return undefined;
}

const firstLine = (text) => text.trim().split("\n")[0].trim().slice(0, 160);

/**
 * The rows of a query; undefined if they are none.
 * @param {string} text
 */
function readSmi(text) {
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map((part) => part.trim()))
    .filter(([driver]) => /^\d+(\.\d+)+$/.test(driver));
  if (rows.length === 0) return undefined;
  const cards = rows.map(([, ...parts]) => {
    const capability = /^\d+\.\d+$/.test(parts[0] ?? "") ? parts.shift() : undefined;
    const uuid = /^(GPU|MIG)-/.test(parts.at(-1) ?? "") ? parts.pop() : undefined;
    return { capability, uuid, name: parts.join(", ") };
  });
  return { driver: rows[0][0], cards };
}

module.exports = { askSmi, readSmi };

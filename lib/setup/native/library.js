// TensorFlow's two shared libraries and their headers, in the cache.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { cached } = require("./cache");
const { findPip } = require("./pip");
const { say, megabytes } = require("../report");
const { scratchBeside, discard, place } = require("../scratch");
const { fetchWheel, unpack } = require("./wheel-file");
const { keptPaths } = require("./wheels");

/**
 * The folder of a library of the table in wheels.js, downloaded once for this user. In it, `tensorflow/` holds
 * the libraries and `include/`, and `nvidia/` NVIDIA's libraries, where TensorFlow looks for them.
 * @returns {Promise<{ folder: string, downloaded: number }>} `downloaded` in bytes, 0 if it was there
 */
async function obtainLibrary(library, cache) {
  const target = path.join(cache, library.name);
  let downloaded = 0;
  const folder = await cached(
    target,
    async () => {
      const python = await findPip();
      downloaded = library.wheels.reduce((sum, { bytes }) => sum + bytes, 0);
      say(`set-up  ${library.name}: downloading ${megabytes(downloaded)} once for all clones, into ${cache}`);
      await make(python, library, target);
    },
    () => say(`set-up  ${library.name}: another set-up is downloading it; waiting`),
  );
  return { folder, downloaded };
}

async function make(python, library, target) {
  const downloads = `${target}.download`; // kept if we are stopped, so that the next set-up goes on
  const scratch = scratchBeside(target);
  const next = path.join(scratch, "library");
  fs.mkdirSync(downloads, { recursive: true });
  fs.mkdirSync(next, { recursive: true });
  try {
    for (const wheel of library.wheels) await fetchWheel(python, wheel, library.tags, downloads, scratch);
    for (const wheel of library.wheels)
      await unpack(python, path.join(downloads, `${wheel.sha256}.whl`), next, keptPaths(library));
    place(next, target);
    discard(downloads);
  } finally {
    discard(scratch);
    if (fs.existsSync(downloads) && fs.readdirSync(downloads).length === 0) discard(downloads);
  }
}

module.exports = { obtainLibrary };

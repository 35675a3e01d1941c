// TensorFlow's two shared libraries and their headers, in the cache.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { cached } = require("./cache");
const { findPip } = require("./pip");
const { say, megabytes } = require("../report");
const { run } = require("../command");
const { scratchBeside, discard, place } = require("../scratch");
const { Shortfall } = require("./shortfall");
const { fetchWheel, unpack } = require("./wheel-file");
const { keptPaths, sharedLibraries } = require("./wheels");

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
      const lost = fs.existsSync(target) ? missingIn(target, library) : [];
      checkSpace(cache, downloaded, freeBytes(cache), bytesIn(downloadsOf(target)));
      if (lost.length > 0) say(`set-up  ${library.name}: ${lost[0]} is missing from ${cache}; it is downloaded again`);
      say(`set-up  ${library.name}: downloading ${megabytes(downloaded)} once for all clones, into ${cache}`);
      await make(python, library, target);
    },
    () => say(`set-up  ${library.name}: another set-up is downloading it; waiting`),
    () => missingIn(target, library).length === 0,
  );
  return { folder, downloaded };
}

/**
 * Files of a library that are not in its folder: something has cleaned the cache, say.
 * @param {string} folder
 * @param {import("./wheels").Library} library
 */
const missingIn = (folder, library) =>
  [...sharedLibraries(library), "tensorflow/include/tensorflow/c/c_api.h"].filter(
    (name) => !fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.size,
  );

/** Where wheels lie until all are there. It is kept if we are stopped, so that the next set-up goes on. */
const downloadsOf = (target) => `${target}.download`;

const bytesIn = (folder) =>
  fs.existsSync(folder)
    ? fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0)
    : 0;

const unpacked = 3.2; // bytes on the disk for each byte of a wheel: the wheel, and what is unpacked of it

/**
 * @param {string} cache
 * @param {number} bytes
 * @param {number} [free] bytes
 * @param {number} [there] bytes of the wheels that an earlier set-up has downloaded
 * @throws Shortfall where the cache's disk has no room for wheels of so many bytes and what they hold
 */
function checkSpace(cache, bytes, free = freeBytes(cache), there = 0) {
  const needed = bytes * unpacked - there;
  if (free < needed) throw new Shortfall("space", `${megabytes(free)} free in ${cache}, ${megabytes(needed)} needed`);
}

function freeBytes(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/**
 * Compiles an empty shared library under each name.
 * @param {string} folder
 * @param {readonly string[]} names
 */
async function makeEmpty(folder, names) {
  for (const name of names) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const args = ["-shared", "-nostdlib", `-Wl,-soname,${path.basename(name)}`, "-x", "c", "/dev/null", "-o", file];
    const { code, output } = await run((process.env.CXX ?? "g++").split(" ")[0], args, { seconds: 60 });
    if (code !== 0) throw new Shortfall("compiler", `no ${path.basename(name)}: ${output.trim().split("\n")[0]}`);
  }
}

async function make(python, library, target) {
  const downloads = downloadsOf(target);
  const scratch = scratchBeside(target);
  const next = path.join(scratch, "library");
  fs.mkdirSync(downloads, { recursive: true });
  fs.mkdirSync(next, { recursive: true });
  try {
    for (const wheel of library.wheels) await fetchWheel(python, wheel, library.tags, downloads, scratch);
    for (const wheel of library.wheels)
      await unpack(python, path.join(downloads, `${wheel.sha256}.whl`), next, keptPaths(library));
    await makeEmpty(next, library.empty ?? []);
    place(next, target);
    discard(downloads);
  } finally {
    discard(scratch);
    if (fs.existsSync(downloads) && fs.readdirSync(downloads).length === 0) discard(downloads);
  }
}

module.exports = { obtainLibrary, missingIn, checkSpace, makeEmpty };

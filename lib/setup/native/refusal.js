// Remembers for an hour that something slow failed, so that a machine without a network does not wait for
// pip's retries at every start. What is remembered holds for the circumstances it was found in: this Node, its headers,
// this compiler, these sources. Anything else is tried at once, and so is everything with
// `node lib/setup/main.js --retry`.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { scratchBeside, place } = require("../scratch");
const { Shortfall, shortfalls } = require("./shortfall");

const memoryMilliseconds = 3600_000;
const slow = ["wheel", "hash", "headers", "build", "check", "unseen"]; // the others are found out in milliseconds

/**
 * A library, and what it was tried in (see circumstances.js).
 * @typedef {{ name: string, circumstances?: string }} Tried
 */

/**
 * @param {string} cache
 * @param {Tried} library
 */
const fileFor = (cache, { name, circumstances = "any" }) => path.join(cache, `${name}.refused-${circumstances}.json`);

/**
 * Notes that `library` is not to be had in these circumstances, if finding that out was slow.
 * @param {string} cache
 * @param {Tried} library
 * @param {{ kind: string, detail: string }} shortfall
 * @param {number} [now] ms, as of Date.now
 */
function remember(cache, library, { kind, detail }, now = Date.now()) {
  if (!slow.includes(kind)) return;
  fs.mkdirSync(cache, { recursive: true });
  const made = scratchBeside(fileFor(cache, library));
  fs.writeFileSync(made, JSON.stringify({ kind, detail, at: now }));
  place(made, fileFor(cache, library));
}

/**
 * Throws the Shortfall of less than an hour ago again, if there was one in the same circumstances.
 * @param {string} cache
 * @param {Tried} library
 * @param {number} [now] ms, as of Date.now
 */
function refuseAgain(cache, library, now = Date.now()) {
  const { kind, detail, at } = noted(fileFor(cache, library));
  const minutes = Math.round((now - at) / 60_000);
  if (shortfalls[kind] && now >= at && now - at < memoryMilliseconds)
    throw new Shortfall(kind, detail, {
      remembered: `${minutes} min ago, and not tried again for an hour: node lib/setup/main.js --retry tries at once`,
    });
}

/**
 * What a file notes. Nothing where it is not there, was cut off, or is another version's.
 * @param {string} file
 */
function noted(file) {
  try {
    return Object(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}

/**
 * Forgets what was noted about `library`, in whatever circumstances.
 * @param {string} cache
 * @param {Tried} library
 */
function forget(cache, library) {
  if (!fs.existsSync(cache)) return;
  for (const name of fs.readdirSync(cache))
    if (name.startsWith(`${library.name}.refused`)) fs.rmSync(path.join(cache, name), { force: true });
}

module.exports = { remember, refuseAgain, forget };

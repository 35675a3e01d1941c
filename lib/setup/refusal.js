// Remembers for an hour that something slow failed, so that a machine without a network does not wait for
// pip's retries at every start. `node lib/setup/main.js --retry` forgets.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { Shortfall } = require("./shortfall");

const memoryMilliseconds = 3600_000;
const slow = ["wheel", "hash", "headers", "build", "check"]; // the others are found out in milliseconds

const fileFor = (cache, library) => path.join(cache, `${library.name}.refused.json`);

/** Notes that `library` is not to be had, if finding that out was slow. */
function remember(cache, library, { kind, detail }, now = Date.now()) {
  if (!slow.includes(kind)) return;
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(fileFor(cache, library), JSON.stringify({ kind, detail, at: now }));
}

/** Throws the Shortfall of less than an hour ago again, if there was one. */
function refuseAgain(cache, library, now = Date.now()) {
  const file = fileFor(cache, library);
  if (!fs.existsSync(file)) return;
  const { kind, detail, at } = JSON.parse(fs.readFileSync(file, "utf8"));
  const minutes = Math.round((now - at) / 60_000);
  if (now - at < memoryMilliseconds) throw new Shortfall(kind, `${detail}; ${minutes} min ago, node lib/setup/main.js --retry tries again`, { remembered: true });
}

/** Forgets what was noted about `library`. */
function forget(cache, library) {
  fs.rmSync(fileFor(cache, library), { force: true });
}

module.exports = { remember, refuseAgain, forget };

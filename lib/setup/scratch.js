// Files and folders that exist only while set-up works on them. Whatever ends set-up, they go with it.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const scratch = new Set();
let count = 0;

/**
 * A path beside `target` to build its replacement in. It does not exist yet; `*.tmp` is ignored by git.
 * @param {string} target
 */
function scratchBeside(target) {
  const made = `${target}.${process.pid}-${++count}.tmp`;
  scratch.add(made);
  return made;
}

/** Marks an existing file or folder as one to remove if set-up ends before `discard` or `place`. */
function temporary(made) {
  scratch.add(made);
  return made;
}

/** Removes scratch that is not needed any more. */
function discard(made) {
  fs.rmSync(made, { recursive: true, force: true });
  scratch.delete(made);
}

/**
 * Puts the finished `made` (a file or a folder) in place of `target`: whoever looks sees the old one or the
 * new one, whole. A folder is moved aside first, as no system renames onto a folder that has files in it.
 * @param {string} made
 * @param {string} target
 */
function place(made, target) {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  if (fs.existsSync(target) && fs.statSync(target).isDirectory()) {
    const old = scratchBeside(target);
    fs.renameSync(target, old);
    fs.renameSync(made, target);
    discard(old);
  } else {
    fs.renameSync(made, target);
  }
  scratch.delete(made);
}

/** Removes all scratch of this process: for the moment it is stopped. */
function discardAll() {
  for (const made of [...scratch]) discard(made);
}

/**
 * Removes what set-ups that were killed left beside `target`. Only for a caller that holds `target`'s lock.
 * @param {string} target
 */
function sweepBeside(target) {
  const folder = path.dirname(target);
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    const [, pid] = name.match(/\.(\d+)-\d+\.tmp$/) ?? [];
    if (name.startsWith(`${path.basename(target)}.`) && pid && Number(pid) !== process.pid) {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    }
  }
}

module.exports = { scratchBeside, temporary, discard, discardAll, place, sweepBeside };

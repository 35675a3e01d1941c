// Names for "the same inputs as last time".
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/**
 * 16 hex digits that stand for `parts`, in order.
 * @param {(string | Uint8Array)[]} parts
 */
function fingerprint(...parts) {
  const hash = createHash("sha256");
  // lengths, so that "ab","c" ≠ "a","bc"
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Every file below `folder`, as sorted paths relative to it with forward slashes; none if it does not exist.
 * @param {string} folder
 * @param {string} [under] the part of it to look in
 * @returns {string[]}
 */
function filesBelow(folder, under = "") {
  const here = path.join(folder, under);
  if (!fs.existsSync(here)) return [];
  return fs
    .readdirSync(here, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = under ? `${under}/${entry.name}` : entry.name;
      return entry.isDirectory() ? filesBelow(folder, name) : [name];
    });
}

/**
 * Names and contents of all files below `folder`, as one fingerprint.
 * @param {string} folder
 */
function folderFingerprint(folder) {
  return fingerprint(...filesBelow(folder).flatMap((name) => [name, fs.readFileSync(path.join(folder, name))]));
}

/**
 * The text of a stamp file, or "" if there is none.
 * @param {string} file
 */
function readStamp(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
}

module.exports = { fingerprint, folderFingerprint, filesBelow, readStamp };

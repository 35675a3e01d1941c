// One wheel, from the index to the cache: fetched so that a broken download goes on where it stopped, checked
// by hash, and unpacked as far as needed.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { pipeline } = require("node:stream/promises");
const { Readable } = require("node:stream");
const { run } = require("../command");
const pip = require("./pip");
const { Shortfall } = require("./shortfall");

const attempts = 3; // of one set-up; the next set-up goes on from what these got
const silenceMilliseconds = 30_000; // a connection that says nothing for that long is dropped

/**
 * The wheel as a file in `folder`, which survives a set-up that is stopped.
 * @typedef {{ requirement: string, bytes: number, sha256: string }} Wheel
 * @param {{ file: string, version: number[] }} python with pip
 * @param {Wheel} wheel
 * @param {string[]} tags what pip must be told to find it
 * @param {string} folder
 * @param {string} scratch a folder that goes when set-up ends
 * @returns {Promise<string>} its path
 */
async function fetchWheel(python, wheel, tags, folder, scratch) {
  const file = path.join(folder, `${wheel.sha256}.whl`);
  const part = `${file}.part`;
  if (await isWhole(file, wheel)) return file;
  if (await isWhole(part, wheel)) {
    fs.renameSync(part, file); // set-up was stopped between its last byte and its name
    return file;
  }
  const { url, file: complete } = await pip.download(python, wheel, tags, scratch, {
    onlyLocate: !usesProxy(process.env),
  });
  const ours = url && (await resume(url, part, wheel.bytes)) && (await hashOf(part)) === wheel.sha256;
  if (ours) {
    fs.renameSync(part, file);
  } else {
    // A certificate that only pip knows, a login in the index's address, a file of another kind: pip fetches it.
    fs.rmSync(part, { force: true });
    fs.renameSync(complete ?? (await pip.download(python, wheel, tags, scratch)).file, file);
  }
  return file;
}

/**
 * Whether a file is the wheel, by size and hash.
 * @param {string} file
 * @param {Wheel} wheel
 */
async function isWhole(file, { bytes, sha256 }) {
  if (fs.statSync(file, { throwIfNoEntry: false })?.size !== bytes) return false;
  return (await hashOf(file)) === sha256;
}

/**
 * Downloads `url` to `part`, from where an earlier download stopped. Returns whether all `bytes` are there.
 * @param {string} url
 * @param {string} part
 * @param {number} bytes
 */
async function resume(url, part, bytes) {
  const have = () => fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  for (let attempt = 0; attempt < attempts && have() < bytes; attempt++) {
    const from = have();
    const guard = new AbortController();
    let timer = setTimeout(() => guard.abort(), silenceMilliseconds);
    try {
      const answer = await fetch(url, { headers: from ? { range: `bytes=${from}-` } : {}, signal: guard.signal });
      if (!answer.ok) return false;
      const flags = answer.status === 206 ? "a" : "w"; // 200 is the whole file: the server knows no ranges
      const body = Readable.fromWeb(answer.body).on("data", () => (timer = timer.refresh()));
      await pipeline(body, fs.createWriteStream(part, { flags }));
    } catch (error) {
      if (have() === from && attempt > 0) return false; // twice nothing: leave it to pip, which says why
      if (error.code === "ENOSPC" || error.code === "EACCES") throw error;
    } finally {
      clearTimeout(timer);
    }
  }
  return have() === bytes;
}

/**
 * Node's fetch does not read these; pip does.
 * @param {NodeJS.ProcessEnv} env
 */
function usesProxy(env) {
  return ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].some((name) => env[name]);
}

async function hashOf(file) {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest("hex");
}

// Wheels are zip archives beyond 2 GB unpacked; Python, which is there where pip is, reads them and checks each
// file's CRC. argv: archive, destination, and the beginnings of the paths to unpack.
const unzip = `
import sys, zipfile
archive, destination, *kept = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    wheel.extractall(destination, [name for name in wheel.namelist() if name.startswith(tuple(kept))])
`;

/** Unpacks the paths of a wheel that begin as one of `kept` does. */
async function unpack(python, file, destination, kept) {
  const { code, output } = await run(python.file, ["-c", unzip, file, destination, ...kept]);
  if (code !== 0) throw new Shortfall("cache", output.trim().split("\n").at(-1));
}

module.exports = { fetchWheel, resume, usesProxy, unpack };

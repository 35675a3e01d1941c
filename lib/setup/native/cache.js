// The user's cache folder, shared by all clones: TensorFlow's library and the compiled addon.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { readStamp } = require("../fingerprint");
const { discard, temporary, sweepBeside } = require("../scratch");

const beatMilliseconds = 2000; // how often a lock's owner shows that it is alive
const staleMilliseconds = 30_000; // a lock not touched for that long has lost its owner

/**
 * DEEPRETRIEVAL_CACHE, else the platform's place for things that can be fetched again.
 * @param {{ env?: NodeJS.ProcessEnv, platform?: string, home?: string }} [options]
 */
function cacheFolder({ env = process.env, platform = process.platform, home = os.homedir() } = {}) {
  if (env.DEEPRETRIEVAL_CACHE) return path.resolve(env.DEEPRETRIEVAL_CACHE);
  if (platform === "darwin") return path.join(home, "Library/Caches/deepretrieval");
  return path.join(env.XDG_CACHE_HOME || path.join(home, ".cache"), "deepretrieval");
}

/**
 * The file or folder `target` of the cache, made with `make()` if it is not there. Two set-ups that want the
 * same one do not both make it: the second waits for the first. `make` must place it whole.
 * @param {string} target
 * @param {() => Promise<void>} make
 * @param {() => void} [waiting] called once if somebody else is making it
 * @param {(target: string) => boolean} [isWhole] whether what is there is all of it
 */
async function cached(target, make, waiting = () => {}, isWhole = fs.existsSync) {
  if (isWhole(target)) return target;
  const release = await lock(`${target}.lock`, waiting);
  try {
    if (isWhole(target)) return target; // somebody made it while we waited
    sweepBeside(target);
    await make();
  } finally {
    release();
  }
  return target;
}

/**
 * Waits until nobody holds `file`, takes it, and returns the function that gives it back.
 * @param {string} file
 * @param {() => void} [waiting] called once if somebody else holds it
 */
async function lock(file, waiting = () => {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    if (!told) waiting();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  temporary(file); // so that Ctrl-C gives it back
  const beat = setInterval(() => {
    if (fs.existsSync(file)) fs.utimesSync(file, new Date(), new Date()); // the cache may be removed meanwhile
  }, beatMilliseconds);
  return () => {
    clearInterval(beat);
    discard(file);
  };
}

/** Creates the lock file unless it is there and its owner lives. */
function take(file) {
  try {
    fs.writeFileSync(file, `${process.pid} ${os.hostname()}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  // Two waiters may both find it abandoned and one may remove the other's new lock. Both then make the same
  // thing and place it whole, so all that is lost is time.
  if (!abandoned(file)) return false;
  fs.rmSync(file, { force: true });
  return take(file);
}

/** Whether the lock's owner is gone: a process of this host that has ended, or one that has long been silent. */
function abandoned(file) {
  const touched = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return false; // given back a moment ago
  if (Date.now() - touched > staleMilliseconds) return true;
  const [pid, host] = readStamp(file).split(" ");
  return host === os.hostname() && !isAlive(Number(pid));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return error.code === "EPERM"; // it lives, and belongs to somebody else
  }
}

module.exports = { cacheFolder, cached, lock };

// Step 3: native TensorFlow. A library in the user's cache, the addon of @tensorflow/tfjs-node-gpu compiled
// against it, and a multiplication to see that it works. Where that cannot be had, a line says why and how to
// get it, and the program runs on wasm.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { addonKey, addonFile, obtainAddon, operationsLog, checkTools, placeInPackage } = require("./addon");
const { cacheFolder } = require("./cache");
const { wantedNative } = require("./choice");
const { circumstances } = require("./circumstances");
const { checkCard } = require("./driver");
const { run } = require("../command");
const { readStamp } = require("../fingerprint");
const { obtainLibrary } = require("./library");
const { thisMachine, machineName, widestVectors } = require("./machine");
const { remember, refuseAgain, forget } = require("./refusal");
const { say, megabytes } = require("../report");
const { scratchBeside, place } = require("../scratch");
const { Shortfall, shortfallLine, cardLine } = require("./shortfall");
const { librariesFor } = require("./wheels");

/**
 * @typedef {{ platform: string, arch: string, cuda: boolean, musl: boolean }} Machine see machine.js
 * @typedef {object} Options
 * @property {boolean} [retry] tries again what failed less than an hour ago
 * @property {string} [cache] the cache's folder
 * @property {NodeJS.ProcessEnv} [env]
 * @property {Machine} [machine]
 * @property {() => Promise<unknown>} [askCard] throws a Shortfall where the card cannot be used
 */

/**
 * Makes native TensorFlow work if it can. Returns a note for the report, "" if it has told why not, or undefined.
 * @param {string} root
 * @param {Options} [options]
 * @returns {Promise<string | undefined>}
 */
async function setUpNative(
  root,
  { retry = false, cache = cacheFolder(), env = process.env, machine = thisMachine(), askCard = checkCard } = {},
) {
  const packageFolder = path.join(root, "node_modules/@tensorflow/tfjs-node-gpu");
  try {
    const { choice, unknown } = wantedNative(env);
    if (unknown !== undefined) throw new Shortfall("setting", JSON.stringify(unknown));
    if (choice === "off") throw new Shortfall("off");
    if (!fs.existsSync(packageFolder)) throw new Shortfall("package");
    const libraries = librariesFor({ ...machine, cuda: await usesCard(machine, choice, askCard) });
    if (libraries.length === 0) throw new Shortfall("platform", machineName(machine));
    return await firstThatWorks(libraries, packageFolder, cache, retry);
  } catch (error) {
    if (!(error instanceof Shortfall)) throw error;
    say(shortfallLine(error));
    return "";
  }
}

/**
 * Whether the card is tried first. Where it cannot be used, a line says why, and the processor computes.
 * @param {Machine} machine
 * @param {string | undefined} choice of DEEPRETRIEVAL_NATIVE
 * @param {() => Promise<unknown>} askCard
 */
async function usesCard({ cuda, platform, arch }, choice, askCard) {
  if (choice === "cpu" || (!cuda && choice !== "cuda")) return false;
  try {
    if (!cuda) throw new Shortfall("noDriver");
    if (platform !== "linux" || arch !== "x64") return false; // no wheel with CUDA
    await askCard();
    return true;
  } catch (error) {
    if (!(error instanceof Shortfall)) throw error;
    say(cardLine(error));
    return false;
  }
}

/** Tries the libraries in order. If none works, throws the Shortfall of the last. */
async function firstThatWorks(libraries, packageFolder, cache, retry) {
  let last;
  for (const library of libraries) {
    let here; // named only where it is needed: asking the tools takes a moment
    try {
      if (retry) forget(cache, library);
      if (isReady(library, packageFolder, cache)) return undefined;
      here = circumstances(packageFolder, library, path.join(cache, library.name));
      refuseAgain(cache, { ...library, circumstances: here });
      return await makeReady(library, packageFolder, cache);
    } catch (error) {
      last = asShortfall(error, cache);
      if (here !== undefined && !last.remembered && last.kind !== "cache")
        remember(cache, { ...library, circumstances: here }, last);
      if (library !== libraries.at(-1)) say(cardLine(last));
    }
  }
  // An addon whose library went away with the cache would fail at every load, with a worse message.
  if (last.kind !== "cache") fs.rmSync(path.join(packageFolder, placeInPackage), { force: true });
  throw last;
}

const stampFile = (packageFolder) => path.join(packageFolder, path.dirname(placeInPackage), ".set-up");

/** Whether an earlier set-up built and checked this addon, and all of it is still there. Takes a few ms. */
function isReady(library, packageFolder, cache) {
  const folder = path.join(cache, library.name);
  return (
    fs.existsSync(path.join(packageFolder, placeInPackage)) &&
    fs.existsSync(path.join(folder, "tensorflow", library.libraries[0])) &&
    readStamp(stampFile(packageFolder)) === addonKey(packageFolder, folder)
  );
}

async function makeReady(library, packageFolder, cache) {
  const key = addonKey(packageFolder, path.join(cache, library.name));
  if (!fs.existsSync(addonFile(cache, key))) checkTools(); // before a long download that would be for nothing
  const { folder, downloaded } = await obtainLibrary(library, cache);
  const addon = await obtainAddon(packageFolder, library, folder, cache);
  install(addon, packageFolder);
  const { version, device, vectors } = await check(packageFolder, addon);
  fs.writeFileSync(stampFile(packageFolder), key);
  const kernels =
    device === "gpu" ? "" : `, ${kernelsInWords(vectors, fs.existsSync(operationsLog(addon)) && operationsLog(addon))}`;
  return (
    `TensorFlow ${version} on ` +
    `${device}${downloaded ? `, downloaded ${megabytes(downloaded)}` : ", from the cache"}${kernels}`
  );
}

const widthName = (bits) => ({ 512: "avx512", 256: "avx2", 128: process.arch === "arm64" ? "neon" : "sse4" })[bits];

/**
 * Which vectors our kernels use, of those that were compiled; or what is lost where the compiler refused the kernels.
 * @param {readonly (readonly number[])[]} vectors rows of bits, whether this processor has them, whether they are used
 * @param {string | false} log the file with the compiler's words where it refused the kernels
 */
function kernelsInWords(vectors, log) {
  const processor = widestVectors();
  if (log) return `slower, for the compiler refused our kernels (${processor} vectors are not used): ${log}`;
  if (vectors.length === 0) return "without kernels of ours";
  const used = widthName(vectors.find(([, , inUse]) => inUse)?.[0]);
  const lost =
    processor !== used && vectors.every(([bits]) => widthName(bits) !== processor)
      ? `; the compiler knows no ${processor}, which this processor has`
      : "";
  return `${used} vectors (compiled: ${vectors.map(([bits]) => widthName(bits)).join(", ")}${lost})`;
}

/** Copies the addon to where the package looks for it. */
function install(addon, packageFolder) {
  const target = path.join(packageFolder, placeInPackage);
  const made = scratchBeside(target);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(addon, made);
  place(made, target);
}

/** Lets another process use the addon. If that fails, removes it, here and in the cache. */
async function check(packageFolder, addon) {
  const { code, stdout, output } = await run(
    process.execPath,
    [path.join(__dirname, "check-native.js"), packageFolder],
    { seconds: 180 },
  );
  if (code === 0) return JSON.parse(stdout);
  for (const file of [path.join(packageFolder, placeInPackage), addon]) fs.rmSync(file, { force: true });
  const why = output.split("\n").find((line) => /Error|error/.test(line)) ?? `exit code ${code}`;
  throw new Shortfall("check", why.trim().slice(0, 200));
}

/** What a cache folder that cannot be written throws is a Shortfall too; other errors are ours, and go on up. */
function asShortfall(error, cache) {
  if (error instanceof Shortfall) return error;
  if (["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR", "EEXIST"].includes(error.code))
    return new Shortfall("cache", `${cache}: ${error.code}`);
  throw error;
}

module.exports = { setUpNative, kernelsInWords, usesCard };

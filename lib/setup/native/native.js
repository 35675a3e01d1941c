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
const { checkCard } = require("./card/problem");
const { run } = require("../command");
const { readStamp } = require("../fingerprint");
const { obtainLibrary } = require("./library");
const { thisMachine, machineName, widestVectors } = require("./machine");
const { remember, refuseAgain, forget } = require("./refusal");
const { say, megabytes } = require("../report");
const { scratchBeside, place } = require("../scratch");
const { Shortfall, shortfallLine, cardLine } = require("./shortfall");
const { librariesFor, sharedLibraries } = require("./wheels");

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
    const { card, problem } = await usableCard(machine, choice, askCard);
    // What hides the cards from this shell leaves an addon that works in the next one.
    const hidden = problem === "hidden" ? librariesFor({ ...machine, cuda: true })[0] : undefined;
    if (hidden && isReady(hidden, packageFolder, cache)) return "";
    // The card is among what a failure depends on.
    const libraries = librariesFor({ ...machine, cuda: card !== undefined }).map((library) =>
      library.cuda ? { ...library, card } : library,
    );
    if (libraries.length === 0) throw new Shortfall("platform", machineName(machine));
    return await firstThatWorks(libraries, packageFolder, cache, retry);
  } catch (error) {
    if (!(error instanceof Shortfall)) throw error;
    say(shortfallLine(error));
    return "";
  }
}

/**
 * The card that is tried first, as `card`. Where it cannot be used, a line says why, `problem` is the kind of
 * Shortfall, and the processor computes.
 * @param {Machine} machine
 * @param {string | undefined} choice of DEEPRETRIEVAL_NATIVE
 * @param {() => Promise<unknown>} askCard
 * @returns {Promise<{ card?: unknown, problem?: string }>}
 */
async function usableCard(machine, choice, askCard) {
  const { cuda, platform, arch } = machine;
  if (choice === "cpu" || (!cuda && choice !== "cuda")) return {};
  try {
    if (platform !== "linux" || arch !== "x64") {
      if (choice === "cuda") throw new Shortfall("cudaPlatform", machineName(machine));
      return {};
    }
    return { card: (await askCard()) ?? {} };
  } catch (error) {
    if (!(error instanceof Shortfall)) throw error;
    say(cardLine(error));
    return { problem: error.kind };
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
    sharedLibraries(library).every((name) => fs.existsSync(path.join(folder, name))) &&
    readStamp(stampFile(packageFolder)) === addonKey(packageFolder, folder)
  );
}

async function makeReady(library, packageFolder, cache) {
  const key = addonKey(packageFolder, path.join(cache, library.name));
  if (!fs.existsSync(addonFile(cache, key))) checkTools(); // before a long download that would be for nothing
  const { folder, downloaded } = await obtainLibrary(library, cache);
  const addon = await obtainAddon(packageFolder, library, folder, cache);
  install(addon, packageFolder);
  const { version, device, vectors, said } = await check(packageFolder, addon, library);
  if (library.cuda && device !== "gpu") throw new Shortfall("unseen", said.gpu ?? "it does not say why");
  fs.writeFileSync(stampFile(packageFolder), key);
  const log = fs.existsSync(operationsLog(addon)) && operationsLog(addon);
  const kernels = device === "gpu" ? kernelsOnCard(said.kernels, log) : kernelsInWords(vectors, log);
  const from = downloaded ? `downloaded ${megabytes(downloaded)}` : "from the cache";
  return [`TensorFlow ${version} on ${device}`, from, kernels].filter(Boolean).join(", ");
}

/** What is lost where our CUDA kernels do not all compile for the card, in the compiler's words. */
function kernelsOnCard(lines, log) {
  if (log) return `3 to 5 times slower, for the compiler refused our operations: ${log}`;
  return lines.length === 0 ? "" : `TF.js operations take the place of ${lines.join("; ")}`;
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

/**
 * Lets another process use the addon. If that fails, removes it, here and in the cache. `said` has what it told on
 * stderr: of the card, and of CUDA kernels that did not compile.
 */
async function check(packageFolder, addon, { cuda = false }) {
  const seconds = cuda ? 1200 : 180; // the driver compiles TensorFlow's own kernels for a card that is newer than these
  const args = [path.join(__dirname, "check-native.js"), packageFolder];
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: cuda ? "1" : "2" }; // of a card, warnings say what is missing
  const { code, stdout, output } = await run(process.execPath, args, { env, seconds });
  const answer = code === 0 ? answerIn(stdout) : undefined;
  const lines = output.split("\n").map((line) => line.trim());
  if (answer) {
    const kernels = lines
      .filter((line) => /^(our )?CUDA kernels/.test(line))
      .map((line) => line.replace(/^CUDA kernels of/, "kernels of"));
    return { ...answer, said: { gpu: lines.find((line) => /CUDA_ERROR|cuInit|Cannot dlopen/.test(line)), kernels } };
  }
  for (const file of [path.join(packageFolder, placeInPackage), addon]) fs.rmSync(file, { force: true });
  const ends = { 124: `it did not answer in ${seconds} s`, 128: "it crashed" };
  const end = ends[code] ?? `exit code ${code}`;
  const why = lines.find((line) => /Error|error/.test(line) && !/InitializeLog/.test(line));
  throw new Shortfall("check", (why ? `${end}: ${why}` : end).slice(0, 240));
}

/**
 * The line of JSON that check-native.js writes, whatever libraries write around it.
 * @param {string} stdout
 */
function answerIn(stdout) {
  try {
    return JSON.parse(stdout.split("\n").findLast((line) => line.startsWith('{"version"')) ?? "");
  } catch {
    return undefined;
  }
}

/** What a cache folder that cannot be written throws is a Shortfall too; other errors are ours, and go on up. */
function asShortfall(error, cache) {
  if (error instanceof Shortfall) return error;
  if (["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR", "EEXIST"].includes(error.code))
    return new Shortfall("cache", `${cache}: ${error.code}`);
  throw error;
}

module.exports = { setUpNative, kernelsInWords, usableCard, answerIn };

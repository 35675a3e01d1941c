// Step 2: lib/ → dist/. Also `npm run build`.
//
// TypeScript is compiled with the project's own compiler, AssemblyScript wherever a folder holds an
// asconfig.json, and the few files that are read at run time are copied. All of it goes into a new folder that
// takes the place of dist/ only when everything compiled, so a failed build leaves the last good one.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { run } = require("./command");
const { fingerprint, folderFingerprint, filesBelow, readStamp } = require("./fingerprint");
const { tail } = require("./report");
const { scratchBeside, discard, place } = require("./scratch");

const assetEndings = [".json", ".css", ".svg", ".html"]; // what code in lib/ reads from the folder it runs in

/**
 * Builds if anything changed since the last build. Returns a note for the report, or undefined.
 * @param {string} root
 */
async function build(root) {
  const dist = path.join(root, "dist");
  const stamp = buildStamp(root);
  if (readStamp(path.join(dist, ".stamp")) === stamp) return undefined;

  const next = scratchBeside(dist);
  try {
    startFromLast(root, dist, next);
    await compileTypeScript(root, next);
    await compileAssemblyScript(root, dist, next);
    copyAssets(path.join(root, "lib"), next);
    fs.writeFileSync(path.join(next, ".stamp"), stamp);
    place(next, dist);
  } finally {
    discard(next);
  }
  return "lib/ → dist/";
}

/** Stands for all that the build reads. */
function buildStamp(root) {
  const read = (file) => fs.readFileSync(path.join(root, file), "utf8");
  return fingerprint(folderFingerprint(path.join(root, "lib")), read("tsconfig.json"), read("package.json"));
}

/**
 * Begins with a copy of the last build, for its record of what is compiled already: a second build takes
 * two thirds to three quarters of the first one's time. Outputs whose source is gone are left out.
 */
function startFromLast(root, dist, next) {
  fs.mkdirSync(next);
  if (!fs.existsSync(path.join(dist, ".tsbuildinfo"))) return;
  const sources = new Set(filesBelow(path.join(root, "lib")).map((name) => name.replace(/\.ts$/, "")));
  for (const name of filesBelow(dist)) {
    const source = name.replace(/(\.d\.ts|\.js)(\.map)?$/, "");
    if (name !== ".tsbuildinfo" && !sources.has(source)) continue;
    fs.mkdirSync(path.dirname(path.join(next, name)), { recursive: true });
    fs.copyFileSync(path.join(dist, name), path.join(next, name));
  }
}

async function compileTypeScript(root, next) {
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", "tsconfig.json", "--outDir", next, "--tsBuildInfoFile", path.join(next, ".tsbuildinfo")];
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Error(`TypeScript found errors in lib/, so dist/ stays as it was:\n${tail(output)}`);
}

/** Each asconfig.json names its entries and, relative to itself, the file in dist/ that they become. */
async function compileAssemblyScript(root, dist, next) {
  const lib = path.join(root, "lib");
  const compiler = path.join(root, "node_modules/assemblyscript/bin/asc.js");
  for (const name of filesBelow(lib).filter((file) => path.posix.basename(file) === "asconfig.json")) {
    const folder = path.join(lib, path.dirname(name));
    const config = JSON.parse(fs.readFileSync(path.join(lib, name), "utf8"));
    const outFile = path.join(next, path.relative(dist, path.resolve(folder, config.options.outFile)));
    fs.mkdirSync(path.dirname(outFile), { recursive: true });
    const args = [compiler, "--config", "asconfig.json", "--outFile", outFile];
    const { code, output } = await run(process.execPath, args, { cwd: folder });
    if (code !== 0 || !fs.existsSync(outFile)) {
      throw new Error(`AssemblyScript could not compile lib/${name}, so dist/ stays as it was:\n${tail(output)}`);
    }
  }
}

function copyAssets(lib, next) {
  const isAsset = (name) => assetEndings.includes(path.extname(name)) && path.posix.basename(name) !== "asconfig.json";
  for (const name of filesBelow(lib).filter(isAsset)) {
    fs.mkdirSync(path.dirname(path.join(next, name)), { recursive: true });
    fs.copyFileSync(path.join(lib, name), path.join(next, name));
  }
}

module.exports = { build, buildStamp };

if (require.main === module) require("./steps").runSteps([["build", () => build(path.resolve(__dirname, "../.."))]]);

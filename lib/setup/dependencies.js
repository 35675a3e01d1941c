// Step 1: the packages of package-lock.json, in node_modules.
//
// Install scripts are not run. The only one that matters would download TensorFlow 2.9 of 2022, fail, and
// make npm drop the optional package whose addon step 3 builds; after a plain `npm ci` that package is gone
// and comes back here.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { run } = require("./command");
const { fingerprint, readStamp } = require("./fingerprint");
const { findNpm } = require("./npm");
const { tail } = require("./report");
const { removeBrowserFiles } = require("./browser-files");

/** Installs what is missing. Returns a note for the report, or undefined if there was nothing to do. */
async function installDependencies(root) {
  const lock = fs.readFileSync(path.join(root, "package-lock.json"), "utf8");
  const folder = path.join(root, "node_modules");
  const stampFile = path.join(folder, ".set-up");
  const stamp = fingerprint(lock, process.versions.node.split(".")[0], process.platform, process.arch);
  const native = path.join(folder, "@tensorflow/tfjs-node-gpu/package.json");
  if (readStamp(stampFile) === stamp && fs.existsSync(native)) return undefined;

  if (!isInstalled(JSON.parse(lock), folder)) {
    await install(root);
    const removed = removeBrowserFiles(path.join(folder, "@tensorflow"));
    fs.writeFileSync(stampFile, stamp);
    return `npm ci; removed ${Math.round(removed / 1e6)} MB of TensorFlow.js that only browsers load`;
  }
  removeBrowserFiles(path.join(folder, "@tensorflow"));
  fs.writeFileSync(stampFile, stamp);
  return undefined;
}

/** Whether npm has already put exactly these packages there, as someone's own `npm ci --ignore-scripts` does. */
function isInstalled(lock, folder) {
  const record = path.join(folder, ".package-lock.json"); // npm's own record of what it installed
  if (!fs.existsSync(record)) return false;
  const installed = JSON.parse(fs.readFileSync(record, "utf8")).packages ?? {};
  return (
    missingPackages(lock.packages, installed).length === 0 &&
    fs.existsSync(path.join(folder, "@tensorflow/tfjs-node-gpu"))
  );
}

/**
 * Paths of the packages in `wanted` that `installed` lacks or has in another version. An optional package that
 * names an operating system and is absent is one for other systems.
 * @typedef {{ version?: string, optional?: boolean, os?: readonly string[], resolved?: string, link?: boolean }} Locked
 * @param {Readonly<Record<string, Locked>>} wanted as a lock file has them under `packages`
 * @param {Readonly<Record<string, Locked>>} installed the same of npm's own record
 */
function missingPackages(wanted, installed) {
  return Object.entries(wanted)
    .filter(([at]) => at !== "") // the project itself
    .filter(([at, { version }]) => installed[at]?.version !== version)
    .filter(([at, { optional, os }]) => installed[at] || !(optional && os))
    .map(([at]) => at);
}

async function install(root) {
  const npm = findNpm();
  if (!npm) {
    throw new Error(
      "npm was not found, neither beside this node nor on PATH. Install it (it comes with Node from nodejs.org) " +
        "and run the command again.",
    );
  }
  // Dev packages are needed too, whatever npm's settings say: the build and the tests use them.
  const args = [
    "ci",
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const { code, output } = await run(npm.file, [...npm.args, ...args], { cwd: root });
  if (code !== 0) {
    throw new Error(
      `npm ci ended with exit code ${code}. Its last words were:\n${tail(output)}\nCheck the network and npm's ` +
        "registry setting, then run the command again.",
    );
  }
}

module.exports = { installDependencies, missingPackages };

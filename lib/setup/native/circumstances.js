// What a failed set-up of native TensorFlow depends on: a change of any of it is a reason to try again.
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { addonKey, compilerNames, nodeHeaders } = require("./addon");
const { fingerprint } = require("../fingerprint");

/**
 * A name for these circumstances: Node and its headers, the compiler, make, Python, the package's version, our own
 * sources, the library's wheels, and the settings that pip, npm and the compiler read. Two clones have the same one
 * exactly where what failed for one would fail for the other.
 * @param {string} packageFolder
 * @param {object} library
 * @param {string} libraryFolder
 * @param {{ env?: NodeJS.ProcessEnv, execPath?: string, says?: (tool: string) => string }} [options] `says`: what a
 *   tool says of its version
 */
function circumstances(
  packageFolder,
  library,
  libraryFolder,
  { env = process.env, execPath = process.execPath, says = version } = {},
) {
  const headers = nodeHeaders({ env, execPath });
  const ofTools = /^(CC|CXX|CFLAGS|CXXFLAGS|LDFLAGS|MAKE|PIP_.*)$/i;
  const ofNetwork = /^((https?|all|no)_proxy|npm_config_(nodedir|proxy|https_proxy))$/i;
  const settings = Object.keys(env)
    .filter((name) => ofTools.test(name) || ofNetwork.test(name))
    .sort();
  return fingerprint(
    process.version,
    execPath,
    headers ?? "no headers",
    headers ? stamp(path.join(headers, "include/node/node_version.h")) : "",
    ...compilerNames(env).map(says),
    says(env.MAKE ?? "make"),
    ...["python3", "python"].map((python) => says(python)),
    stampOf(path.join(packageFolder, "package.json")),
    addonKey(packageFolder, libraryFolder),
    JSON.stringify(library),
    ...settings.map((name) => `${name}=${env[name]}`),
  );
}

/** What a tool says of itself; "" where there is none. */
function version(tool) {
  const { stdout, status } = spawnSync(tool.split(" ")[0], ["--version"], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? stdout.split("\n")[0] : "";
}

const stamp = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");

/** The version in a package.json. */
const stampOf = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).version : "");

module.exports = { circumstances };

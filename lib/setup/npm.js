// Where npm is, and what it brings with it.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

/**
 * How to start npm: a command and its first arguments. The npm that runs us, else the one beside this node,
 * else the first on PATH. Undefined if there is none.
 */
function findNpm({ env = process.env, execPath = process.execPath } = {}) {
  const script = npmScript({ env, execPath });
  if (script) return { file: execPath, args: [script] };
  const shim = onPath(process.platform === "win32" ? "npm.cmd" : "npm", env);
  return shim && { file: shim, args: [] }; // a version manager's wrapper: not JavaScript, but it starts npm
}

/** The path of npm-cli.js, or undefined. */
function npmScript({ env = process.env, execPath = process.execPath } = {}) {
  const bin = path.dirname(execPath);
  const found = onPath("npm", env);
  const candidates = [
    /npm-cli\.c?js$/.test(env.npm_execpath ?? "") ? env.npm_execpath : undefined, // yarn and pnpm set it too
    found && fs.realpathSync(found),
    path.join(bin, "../lib/node_modules/npm/bin/npm-cli.js"),
    path.join(bin, "node_modules/npm/bin/npm-cli.js"),
  ];
  return candidates.find((file) => file && /\.c?js$/.test(file) && fs.existsSync(file));
}

/** The path of the node-gyp that npm brings, or undefined. */
function findNodeGyp(npm = npmScript()) {
  const folders = [npm, "/usr/share/nodejs/npm/bin/npm-cli.js"].filter(Boolean);
  for (const from of folders) {
    try {
      return createRequire(from).resolve("node-gyp/bin/node-gyp.js");
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}

/** The first file of that name on PATH, or undefined. */
function onPath(name, env = process.env) {
  const folders = (env.PATH ?? env.Path ?? "").split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
}

module.exports = { findNpm, npmScript, findNodeGyp, onPath };

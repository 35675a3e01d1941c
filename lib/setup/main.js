// Set-up: what `npm start` and `npm test` run first. Each step does what is missing and says so in a line; when
// nothing is, all of it takes a fraction of a second. Plain JavaScript without packages, since it runs before
// there are any.
//
//   node lib/setup/main.js           what prestart and pretest call
//   node lib/setup/main.js --retry   tries again at once what failed less than an hour ago
"use strict";
const path = require("node:path");
const { build } = require("./build");
const { lock } = require("./native/cache");
const { installDependencies } = require("./dependencies");
const { installKernelspec } = require("./kernelspec");
const { setUpNative } = require("./native/native");
const { say } = require("./report");
const { runSteps } = require("./steps");

const root = path.resolve(__dirname, "../..");
const retry = process.argv.includes("--retry");

const steps = [
  ["dependencies", () => installDependencies(root)],
  ["build", () => build(root)],
  ["native TensorFlow", () => setUpNative(root, { retry })],
  ["kernelspec", () => installKernelspec(root)],
];

/** Two set-ups of one clone, from two terminals say, take turns. A clone that cannot be written needs no lock. */
async function inTurn(work) {
  const waiting = () => say("set-up  another set-up of this clone is running; waiting for it");
  let release = () => {};
  try {
    release = await lock(path.join(root, ".set-up.tmp"), waiting);
  } catch (error) {
    if (!["EACCES", "EROFS", "EPERM"].includes(error.code)) throw error;
  }
  try {
    await work();
  } finally {
    release();
  }
}

inTurn(() => runSteps(steps));

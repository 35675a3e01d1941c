// Runs steps one after the other, a line each, and stops cleanly when told to.
"use strict";
const { stopChildren } = require("./command");
const { stepLine, say } = require("./report");
const { discardAll } = require("./scratch");

/**
 * Runs `[name, step]` pairs in order and reports each that did something. A step resolves to a note in a few
 * words, to undefined if there was nothing to do, or to "" if it has said its own line; it throws if set-up
 * cannot go on.
 */
async function runSteps(steps) {
  stopOnSignals();
  const started = performance.now();
  let idle = true;
  for (const [name, step] of steps) {
    const began = performance.now();
    try {
      const note = await step();
      if (note) say(stepLine(name, performance.now() - began, note));
      idle &&= note === undefined;
    } catch (error) {
      say(stepLine(`${name} FAILED`, performance.now() - began));
      say(error.message);
      process.exitCode = 1;
      return;
    }
  }
  if (idle) say(stepLine("nothing to do", performance.now() - started));
}

/** On Ctrl-C and its kin: stops the tools that run, removes what is half made, and ends with the usual code. */
function stopOnSignals() {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    process.once(signal, () => {
      stopChildren();
      discardAll();
      process.exit(code);
    });
  }
}

module.exports = { runSteps };

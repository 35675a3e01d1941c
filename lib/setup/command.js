// Runs the tools that set-up needs (npm, pip, node-gyp, the compilers) and hides their chatter unless they
// fail. Each child leads a process group of its own, so that stopping set-up also stops the compiler that
// make started for node-gyp.
"use strict";
const { spawn } = require("node:child_process");

const running = new Set(); // children to stop when set-up is stopped
const keptBytes = 64 * 1024; // of a tool's output: the end, where the error is

/**
 * Runs `file` with `args` to its end.
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, seconds?: number, until?: RegExp }} [options] the tool is
 *   stopped after `seconds`, or when its stdout matches `until`: all we wanted to know
 * @returns {Promise<{ code: number, stdout: string, output: string, match?: RegExpMatchArray }>} `code` 127 if there
 *   is no such tool, 124 if it ran out of time; `output` is the end of stdout and stderr together
 */
function run(file, args, { cwd, env = process.env, seconds, until } = {}) {
  return new Promise((resolve) => {
    const group = process.platform !== "win32";
    const child = spawn(file, args, {
      cwd,
      env,
      detached: group,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    running.add(child);
    let stdout = "";
    let output = "";
    let late = false;
    let match;
    const keep = (text) => (output = (output + text).slice(-keptBytes));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      keep(text);
      stdout += text;
      match ??= until && (stdout.match(until) ?? undefined);
      if (match) signalGroup(child, "SIGKILL");
    });
    child.stderr.setEncoding("utf8").on("data", keep);
    const timer = seconds && setTimeout(() => ((late = true), signalGroup(child, "SIGKILL")), seconds * 1000);
    const end = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, stdout, output, match });
    };
    child.on("error", (error) => (keep(String(error.message)), end(error.code === "ENOENT" ? 127 : 126)));
    child.on("close", (code, signal) => end(late ? 124 : (code ?? (signal ? 128 : 1))));
  });
}

/** Stops every child still running, its own children included. */
function stopChildren(signal = "SIGKILL") {
  for (const child of running) signalGroup(child, signal);
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return; // it never started
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // it ended by itself a moment ago
  }
}

module.exports = { run, stopChildren };

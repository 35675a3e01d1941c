// Runs the tests: every test/**/*.test.ts in a process of its own, two at a time. A process each, so that a file
// that crashes, hangs, or forgets `test.run()` is a failure with a name instead of a silence; uvu itself ends
// with exit code 0 when a file runs no test.
//
//   node test/run.js             all tests but test/full
//   node test/run.js PATTERN     files whose path matches the regular expression
//   node test/run.js --full      test/full too: what takes minutes
//
// The last line on stdout is "N passed, N failed"; the exit code is 1 if anything failed.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const width = 2; // files at a time
const limitSeconds = (name) => (name.startsWith("full/") ? 1800 : 120); // for one file

/** Test files below `folder`, sorted, as paths relative to it. */
function testFiles(folder, { full = false, pattern = "" } = {}) {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => String(name).split(path.sep).join("/"));
  const matches = matcher(pattern);
  return names.filter((name) => name.endsWith(".test.ts") && (full || !name.startsWith("full/")) && matches(`test/${name}`)).sort();
}

/** A regular expression if it is one, else the text itself. */
function matcher(pattern) {
  try {
    const expression = new RegExp(pattern);
    return (name) => expression.test(name);
  } catch {
    return (name) => name.includes(pattern); // "[" is no expression, but may be meant
  }
}

/**
 * What one file's process came to, from what uvu printed and how the process ended.
 * @returns {{ passed: number, failed: number, why: string }} `why` is "" if nothing failed
 */
function verdict(output, { code, signal = null, late = 0 }) {
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const sum = (word) => [...plain.matchAll(new RegExp(`^ {2}${word}: +(\\d+)$`, "gm"))].reduce((total, [, n]) => total + Number(n), 0);
  const [total, passed, skipped] = [sum("Total"), sum("Passed"), sum("Skipped")];
  const counted = total - passed;
  if (late) return { passed, failed: counted + 1, why: `not done after ${late} s` };
  if (total === 0 && skipped === 0 && code === 0) return { passed, failed: 1, why: "ran no test; does it end in test.run()?" };
  if (counted > 0) return { passed, failed: counted, why: `${counted} of ${total} failed` };
  if (code !== 0) return { passed, failed: 1, why: signal ? `ended by ${signal}` : `ended with exit code ${code}` };
  return { passed, failed: 0, why: "" };
}

const running = new Set();

/** Runs one file to its end. */
function runFile(root, name) {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, ["--require", "tsx/cjs", path.join("test", name)], { cwd: root, detached: process.platform !== "win32", stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    let output = "";
    let late = 0; // seconds it had, if they were not enough
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    const timer = setTimeout(() => ((late = limitSeconds(name)), stop(child)), limitSeconds(name) * 1000);
    let ended = [1, null]; // exit code and signal
    const end = () => {
      clearTimeout(timer);
      running.delete(child);
      const [code, signal] = ended;
      resolve({ name, output, seconds: (performance.now() - began) / 1000, ...verdict(output, { code, signal, late }) });
    };
    child.on("error", (error) => ((output += error.message), end()));
    child.on("exit", (...how) => {
      ended = how;
      stop(child); // whatever the file has left running, which would hold its output open
      setTimeout(end, 2000).unref(); // and what left the group
    });
    child.on("close", end); // all output is in
  });
}

/** Kills a file's process and those it started. */
function stop(child) {
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // all gone already
  }
}

/** One line for a file, and its output if it failed. */
function report({ name, output, seconds, passed, why }) {
  const line = `${why ? "FAIL" : "ok  "}  ${name.padEnd(52)} ${String(passed).padStart(4)}  ${seconds.toFixed(1).padStart(6)} s`;
  return why ? `${line}  ${why}\n${output.trimEnd().replace(/^/gm, "    ")}\n` : `${line}\n`;
}

async function main(args, root = path.resolve(__dirname, "..")) {
  const pattern = args.find((arg) => !arg.startsWith("-"));
  const files = testFiles(path.join(root, "test"), { full: args.includes("--full"), pattern });
  if (files.length === 0) process.stderr.write(`No test file matches ${JSON.stringify(pattern ?? "*.test.ts")}.\n`);
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]]) {
    process.once(signal, () => ([...running].forEach(stop), process.exit(code)));
  }
  const queue = files.values(); // shared by the workers
  let [passed, failed] = [0, 0];
  const worker = async () => {
    for (const name of queue) {
      const result = await runFile(root, name);
      passed += result.passed;
      failed += result.failed;
      process.stdout.write(report(result));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
}

module.exports = { testFiles, verdict, main };

if (require.main === module) main(process.argv.slice(2));

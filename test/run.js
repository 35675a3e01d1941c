// Runs the tests: every test/**/*.test.ts in a process of its own, two at a time. A process each, so that a file
// that crashes, hangs, or forgets `test.run()` is a failure with a name instead of a silence; uvu itself ends
// with exit code 0 when a file runs no test.
//
//   node test/run.js             all tests but test/full
//   node test/run.js PATTERN     files whose path matches the regular expression
//   node test/run.js --full      test/full too: what takes minutes
//
// The last line on stdout is "N passed, N failed", and ", N skipped" where tests were skipped; the lines before it say
// why (see test/skip.ts). A skipped test is not a passed one. The exit code is 1 if anything failed.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { slowness } = require("../lib/setup/machine-speed");

// Room for young objects. With the 16 MB that Node begins with, a test of running times meets collections that copy
// what is alive in the longer text only, and takes a linear reader for one that is not.
const nodeOptions = ["--max-semi-space-size=64"];

const width = 2; // files at a time
/** Seconds for one file: more where the processor is slow, or other programs want it too. */
const limitSeconds = (name) => Math.round((name.startsWith("full/") ? 1800 : 120) * slowness());

/**
 * Test files below `folder`, sorted, as paths relative to it.
 * @param {string} folder
 * @param {{ full?: boolean, pattern?: string }} [options]
 */
function testFiles(folder, { full = false, pattern = "" } = {}) {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => String(name).split(path.sep).join("/"));
  const matches = matcher(pattern);
  return names
    .filter((name) => name.endsWith(".test.ts") && (full || !name.startsWith("full/")) && matches(`test/${name}`))
    .sort();
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
 * @param {string} output
 * @param {{ code: number | null, signal?: string | null, late?: number }} end `late`: the seconds it had, if too few
 * @returns {{ passed: number, failed: number, skipped: string[], why: string }} `skipped` has the reason of each skip;
 *   `why` is "" if nothing failed
 */
function verdict(output, { code, signal = null, late = 0 }) {
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const sum = (word) =>
    [...plain.matchAll(new RegExp(`^ {2}${word}: +(\\d+)$`, "gm"))].reduce((total, [, n]) => total + Number(n), 0);
  const reasons = (mark) =>
    [...plain.matchAll(new RegExp(`^(?:[• ]*)${mark}: (.*)$`, "gm"))].map(([, why]) => why.trim());
  const [inTests, inFile] = [reasons("skipped"), reasons("skipped in file")]; // uvu counts the first as passed
  const [total, passing, marked] = [sum("Total"), sum("Passed"), sum("Skipped")];
  const skipped = [
    ...inTests,
    ...inFile,
    ...Array(Math.max(0, marked - inFile.length)).fill(inFile[0] ?? "marked with test.skip"),
  ];
  const passed = Math.max(0, passing - inTests.length);
  const ended = (failed, why) => ({ passed, failed, skipped, why });
  const counted = total - passing;
  if (late) return ended(counted + 1, `not done after ${late} s`);
  if (total === 0 && marked === 0 && code === 0) return ended(1, "ran no test; does it end in test.run()?");
  if (counted > 0) return ended(counted, `${counted} of ${total} failed`);
  if (code !== 0) return ended(1, signal ? `ended by ${signal}` : `ended with exit code ${code}`);
  return ended(0, "");
}

const running = new Set();

/** Runs one file to its end. */
function runFile(root, name) {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, [...nodeOptions, "--require", "tsx/cjs", path.join("test", name)], {
      cwd: root,
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let output = "";
    let late = 0; // seconds it had, if they were not enough
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const limit = limitSeconds(name);
    const timer = setTimeout(() => ((late = limit), stop(child)), limit * 1000);
    let ended = [1, null]; // exit code and signal
    const end = () => {
      clearTimeout(timer);
      running.delete(child);
      const [code, signal] = ended;
      resolve({
        name,
        output,
        seconds: (performance.now() - began) / 1000,
        ...verdict(output, { code, signal, late }),
      });
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
function report({ name, output, seconds, passed, skipped, why }) {
  const left = skipped.length > 0 ? `  ${skipped.length} skipped` : "";
  const line =
    `${why ? "FAIL" : "ok  "}  ${name.padEnd(52)} ${String(passed).padStart(4)}  ${seconds.toFixed(1).padStart(6)} ` +
    `s${left}`;
  return why ? `${line}  ${why}\n${output.trimEnd().replace(/^/gm, "    ")}\n` : `${line}\n`;
}

/** What was skipped, a line for each reason, the commonest first. */
function skipLines(reasons) {
  const counts = new Map();
  for (const why of reasons) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([why, count]) => `skipped ${String(count).padStart(3)}: ${why}\n`)
    .join("");
}

async function main(args, root = path.resolve(__dirname, "..")) {
  const pattern = args.find((arg) => !arg.startsWith("-"));
  const files = testFiles(path.join(root, "test"), { full: args.includes("--full"), pattern });
  if (files.length === 0) process.stderr.write(`No test file matches ${JSON.stringify(pattern ?? "*.test.ts")}.\n`);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ]) {
    process.once(signal, () => ([...running].forEach(stop), process.exit(code)));
  }
  const queue = files.values(); // shared by the workers
  let [passed, failed] = [0, 0];
  const skipped = []; // a reason each
  const worker = async () => {
    for (const name of queue) {
      const result = await runFile(root, name);
      passed += result.passed;
      failed += result.failed;
      skipped.push(...result.skipped);
      process.stdout.write(report(result));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  process.stdout.write(
    `${skipLines(skipped)}${passed} passed, ${failed} ` +
      `failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}\n`,
  );
  process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
}

module.exports = { testFiles, verdict, main };

if (require.main === module) main(process.argv.slice(2));

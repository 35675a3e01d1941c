// pip, as a downloader of wheels. Nothing is installed and no Python package is run.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { run } = require("../command");
const { Shortfall } = require("./shortfall");

/** The first Python that has pip: `{ file, version }`, `version` being pip's as [major, minor]. */
async function findPip() {
  let detail = "no python3 on PATH";
  for (const file of process.platform === "win32" ? ["python"] : ["python3", "python"]) {
    const { code, stdout } = await run(file, ["-c", "import pip; print(pip.__version__)"]);
    if (code === 0) return { file, version: stdout.trim().split(".").map(Number) };
    if (code !== 127) detail = `${file} has no module pip`;
  }
  throw new Shortfall("pip", detail);
}

/**
 * Lets pip download a wheel into `scratch`, checked by hash. With `onlyLocate` pip is stopped as soon as its log
 * names the address of the file, which its other options tell only after downloading it.
 * @returns {Promise<{ url?: string, file?: string }>} `url` if pip was stopped, else the downloaded `file`
 */
async function download({ file, version }, { requirement, sha256 }, tags, scratch, { onlyLocate = false } = {}) {
  const list = path.join(scratch, "requirements.txt");
  fs.writeFileSync(list, `${requirement} --hash=sha256:${sha256}\n`);
  const into = fs.mkdtempSync(path.join(scratch, "pip-"));
  const wanted = requirement.split("==")[1].replaceAll(".", "\\.");
  const until = onlyLocate ? new RegExp(`Found link (https?://\\S+) .*version: ${wanted}\\r?\\n`) : undefined;
  const { code, output, match } = await run(file, [...command(version), "-d", into, ...tags, "-r", list], {
    env: environment(scratch),
    until,
  });
  if (match) return { url: match[1] };
  if (/DO NOT MATCH THE HASHES/.test(output)) throw new Shortfall("hash", requirement);
  if (code !== 0) throw new Shortfall("wheel", reason(output, requirement));
  return { file: path.join(into, fs.readdirSync(into)[0]) };
}

/** The arguments that every download has. `-vv` makes the log name addresses. */
function command([major, minor]) {
  const resume = major > 25 || (major === 25 && minor >= 1) ? ["--resume-retries", "10"] : [];
  const checks = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir"];
  return [
    "-m",
    "pip",
    "download",
    "-vv",
    "--disable-pip-version-check",
    "--no-input",
    "--timeout",
    "30",
    "--retries",
    "3",
    ...resume,
    ...checks,
  ];
}

/** What a stopped pip leaves lies in `scratch`, and what it logs comes at once. */
const environment = (scratch) => ({ ...process.env, TMPDIR: scratch, PYTHONUNBUFFERED: "1" });

/**
 * pip's failure in one line: that of the network if there was one, else its last line that says ERROR.
 * @param {string} output
 * @param {string} requirement
 */
function reason(output, requirement) {
  const failures = [
    "Failed to establish",
    "Failed to resolve",
    "Name or service",
    "Temporary failure",
    "certificate verify failed",
    "Read timed out",
  ];
  const network = output.match(new RegExp(`(?:${failures.join("|")})[^'")\\n]*|HTTP error \\d+[^\\n]*`));
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const line =
    network?.[0] ?? lines.filter((text) => text.startsWith("ERROR")).at(-1) ?? lines.at(-1) ?? "pip said nothing";
  return `${requirement}: ${line
    .replace(/^ERROR: /, "")
    .slice(0, 120)
    .trim()}`;
}

module.exports = { findPip, download, reason };

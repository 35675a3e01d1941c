// What set-up says: a line a step, to stderr, so that stdout stays the program's own.
"use strict";

/** `set-up  native TensorFlow 2.21.0                  34.1 s  (downloaded 274 MB)` */
function stepLine(name, milliseconds, note = "") {
  const time = `${(milliseconds / 1000).toFixed(1)} s`.padStart(8);
  return `set-up  ${name.padEnd(34)}${time}${note && `  (${note})`}`;
}

/** Writes one line. */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Bytes in decimal megabytes, as download tools count them. */
function megabytes(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** The last `count` lines of a tool's output, indented, for the report of a failure. */
function tail(output, count = 40) {
  const lines = output.trimEnd().split(/\r?\n/);
  return lines
    .slice(-count)
    .map((line) => `  ${line}`)
    .join("\n");
}

module.exports = { stepLine, say, megabytes, tail };

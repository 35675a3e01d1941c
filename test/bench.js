// Runs a measurement: `npm run bench -- NAME [--json] [option=value …]`. Each is a file of test/bench that exports
// `bench(options, log)` and resolves to a record of figures. Progress goes to stderr; the record to stdout, on one
// line with --json. Measurements compare in one run, on this machine: nothing measured elsewhere is printed.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { parseArgs } = require("node:util");
require("tsx/cjs");

const folder = path.join(__dirname, "bench");
const names = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.replace(/\.bench\.ts$/, ""))
  .sort();

async function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { json: { type: "boolean" } },
    allowPositionals: true,
  });
  const [name, ...settings] = positionals;
  if (!names.includes(name)) {
    process.stderr.write(
      `bench: ${name === undefined ? "which one?" : `there is no "${name}".`} Measurements: ${names.join(", ")}.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const options = Object.fromEntries(settings.map((text) => text.split(/=(.*)/s).slice(0, 2)));
  const log = (line) => process.stderr.write(`${line}\n`);
  const { bench } = require(path.join(folder, `${name}.bench.ts`));
  const figures = await bench(options, log);
  process.stdout.write(`${JSON.stringify(figures, null, values.json ? undefined : 2)}\n`);
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`bench: ${error.stack ?? error}\n`);
  process.exitCode = 1;
});

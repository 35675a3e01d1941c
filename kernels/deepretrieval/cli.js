#!/usr/bin/env node
"use strict";
const main = require("node:path").join(__dirname, "../../dist/cli/main.js");
if (!require("node:fs").existsSync(main)) {
  console.error("deepretrieval: the library is not built yet. Run `npm start` (or `npm run build`) first.");
  process.exit(1);
}
require(main).main(process.argv.slice(2));

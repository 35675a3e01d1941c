"use strict";
// Starts the kernel: of the clone this file lies in, else of the project that the notebook lies in
// (Jupyter may have copied this folder elsewhere).
const fs = require("node:fs");
const path = require("node:path");

const kernel = path.join("dist", "notebook", "kernel", "main.js");
const connectionFile = process.argv[2];

function* upwards(folder) {
  yield folder;
  const parent = path.dirname(folder);
  if (parent !== folder) yield* upwards(parent);
}

const here = path.dirname(fs.realpathSync(__filename));
const candidates = [
  path.resolve(here, "../.."),
  ...[...upwards(process.cwd())].flatMap((folder) => [folder, path.join(folder, "node_modules", "deepretrieval")]),
];
const root = candidates.find((folder) => fs.existsSync(path.join(folder, kernel)));

if (!connectionFile) {
  console.error(
    "deepretrieval kernel: no connection file given. Jupyter starts this file; to run a notebook use " +
      "`npx deepretrieval nb run FILE`.",
  );
  process.exit(2);
}
if (!root) {
  console.error(
    `deepretrieval kernel: ${kernel} found neither beside ${here} nor above ${process.cwd()}. Run \`npm start\` ` +
      "once in the project: it builds the kernel.",
  );
  process.exit(2);
}
require(path.join(root, kernel))
  .main(connectionFile, root)
  .catch((error) => {
    console.error(`deepretrieval kernel: ${error.stack ?? error}`);
    process.exit(1);
  });

// TensorFlow.js comes with seven bundles of each package for browsers, and with their source maps. Node loads one
// bundle, so the
// others (224 MB of 290) are removed after the installation; `npm ci` brings them back.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** Bundles that package.json names for browsers and for CDNs, and every source map. */
const forBrowsers = /(\.map|\.(es2017|fesm)(\.min)?\.js|\.min\.js)$/;

/**
 * Removes the files for browsers under `folder`, the packages of TensorFlow.js. Returns how many bytes they had.
 * @param {string} folder
 */
function removeBrowserFiles(folder) {
  let bytes = 0;
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || !forBrowsers.test(entry.name)) continue;
    bytes += fs.statSync(file).size;
    fs.rmSync(file);
  }
  return bytes;
}

module.exports = { removeBrowserFiles };

import { existsSync, mkdtempSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { removeBrowserFiles } from "../../lib/setup/browser-files";

test("bundles for browsers and source maps are removed; what Node loads and the types stay", () => {
  const folder = mkdtempSync(join(tmpdir(), "browser-files-"));
  mkdirSync(join(folder, "tfjs/dist"), { recursive: true });
  const kept = ["tf.node.js", "index.d.ts", "wasm.wasm", "minimum.js", "map.js"];
  const removed = ["tf.js.map", "tf.es2017.js", "tf.es2017.min.js", "tf.fesm.js", "tf.fesm.min.js", "tf.min.js"];
  for (const name of [...kept, ...removed]) writeFileSync(join(folder, "tfjs/dist", name), "12345");
  assert.is(removeBrowserFiles(folder), 5 * removed.length);
  for (const name of kept) assert.ok(existsSync(join(folder, "tfjs/dist", name)), name);
  for (const name of removed) assert.not.ok(existsSync(join(folder, "tfjs/dist", name)), name);
});

test("TensorFlow.js still loads here, where set-up has removed them", () => {
  const tf = require("@tensorflow/tfjs") as typeof import("@tensorflow/tfjs");
  assert.type(tf.matMul, "function");
});

test.run();

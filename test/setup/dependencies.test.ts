import { test } from "uvu";
import * as assert from "uvu/assert";
import { missingPackages } from "../../lib/setup/dependencies";

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/uvu": { version: "0.5.6" },
  "node_modules/@tensorflow/tfjs-node-gpu": { version: "4.22.0", optional: true },
  "node_modules/@esbuild/linux-x64": { version: "0.28.2", optional: true, os: ["linux"] },
};

test("a package counts as missing if it is absent or another version", () => {
  const { "node_modules/@tensorflow/tfjs-node-gpu": _, ...plain } = wanted; // what a plain `npm ci` leaves
  assert.equal(missingPackages(wanted, wanted), []);
  assert.equal(missingPackages(wanted, plain), ["node_modules/@tensorflow/tfjs-node-gpu"]);
  assert.equal(missingPackages(wanted, { ...wanted, "node_modules/uvu": { version: "0.5.5" } }), ["node_modules/uvu"]);
});

test("an optional package for another system may be absent", () => {
  const { "node_modules/@esbuild/linux-x64": _, ...elsewhere } = wanted;
  assert.equal(missingPackages(wanted, elsewhere), []);
});

test.run();

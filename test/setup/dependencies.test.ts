import { readFileSync } from "node:fs";
import { join } from "node:path";
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

test("no package of more than a few megabytes stands in the tree twice: TensorFlow.js goes by two names", () => {
  const lock = JSON.parse(readFileSync(join(__dirname, "../../package-lock.json"), "utf8")) as {
    packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }>;
  };
  const large = Object.entries(lock.packages)
    .map(([at, { integrity }]) => ({ name: at.split("node_modules/").at(-1)!, integrity }))
    .filter(({ name }) => /^(@tensorflow\/tfjs(-|$)|plotly|typescript$|binaryen$|mathjs$)/.test(name));
  assert.ok(large.length > 5, "the lock file names them otherwise");
  for (const key of ["name", "integrity"] as const) {
    const all = large.map((one) => one[key]);
    assert.equal(all, [...new Set(all)], key);
  }
  assert.equal(lock.packages["node_modules/@tensorflow/tfjs-node"], { resolved: "packages/tfjs-node", link: true });
});

test("a link has no version, and is there when npm has noted it", () => {
  const linked = { "node_modules/x": { resolved: "packages/x", link: true }, "packages/x": { version: "1.0.0" } };
  assert.equal(missingPackages(linked as never, linked as never), []);
  assert.equal(missingPackages(linked as never, { ...linked, "node_modules/x": { version: "2.0.0" } } as never), [
    "node_modules/x",
  ]); // the package that the link replaces
});

test.run();

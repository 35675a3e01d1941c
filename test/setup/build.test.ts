import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "../../lib/setup/build";

const options = {
  strict: true,
  noLib: true,
  incremental: true,
  tsBuildInfoFile: "dist/.tsbuildinfo",
  rootDir: "lib",
  outDir: "dist",
  module: "CommonJS",
  types: [],
};
const bare =
  "interface Array<T> {} interface Boolean {} interface Function {} interface IArguments {} interface Number {} " +
  "interface Object {} interface RegExp {} interface String {} interface CallableFunction {} interface " +
  "NewableFunction {}";

/**
 * A project of three files, with this project's compilers. `noLib` spares TypeScript its standard library: 1 s a build.
 */
function project(): string {
  const root = mkdtempSync(join(tmpdir(), "set-up-"));
  mkdirSync(join(root, "lib/core"), { recursive: true });
  symlinkSync(resolve(__dirname, "../../node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["lib/**/*.ts"] }));
  writeFileSync(join(root, "package.json"), "{}");
  writeFileSync(join(root, "lib/bare.d.ts"), bare);
  writeFileSync(join(root, "lib/core/one.ts"), "export const one: number = 1;\n");
  writeFileSync(join(root, "lib/core/words.json"), "[]");
  return root;
}

test(
  "a build compiles, copies what is read at run time, follows deletions, and keeps the last good " + "result",
  async () => {
    const root = project();
    const dist = join(root, "dist");
    assert.ok(await build(root));
    assert.ok(existsSync(join(dist, "core/one.js")));
    assert.is(readFileSync(join(dist, "core/words.json"), "utf8"), "[]");
    assert.is(await build(root), undefined); // nothing changed

    writeFileSync(join(root, "lib/core/two.ts"), 'export const two: number = "2";\n');
    const failure = await build(root).catch((error: Error) => error.message);
    assert.match(String(failure), /dist\/ stays as it was:\n.*lib\/core\/two\.ts\(1,14\): error TS2322/);
    assert.ok(existsSync(join(dist, "core/one.js")));
    assert.not(existsSync(join(dist, "core/two.js")));

    rmSync(join(root, "lib/core/one.ts"));
    writeFileSync(join(root, "lib/core/two.ts"), "export const two: number = 2;\n");
    assert.ok(await build(root));
    assert.ok(existsSync(join(dist, "core/two.js")));
    assert.not(existsSync(join(dist, "core/one.js"))); // its source is gone
    assert.equal(
      readdirSync(root).filter((name) => name.endsWith(".tmp")),
      [],
    );
    rmSync(root, { recursive: true });
  },
);

test.run();

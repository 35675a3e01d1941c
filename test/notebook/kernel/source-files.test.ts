import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { built, notebooks, root } from "../runner/bench";
import { openSession, type Session } from "./session";

/** Source files that cells import: what loads, what an edit reloads, and what an error says. */

if (!built)
  test("cells import source files", () =>
    console.log("skipped: not built (npm run build); the kernel runs from dist/"));
else {
  let session: Session;
  let folder: string; // a source folder beside the notebook
  const name = (file: string) => `./${path.basename(folder)}/${file}`;
  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
  const valueOf = async (code: string) => {
    const { value, error } = await session.run(code);
    return value ?? error;
  };
  const packages = path.join(root, "node_modules", "@deepretrieval-later");

  test.before(async () => {
    folder = mkdtempSync(path.join(notebooks, "source-"));
    session = await openSession();
  });
  test.after(async () => {
    await session.close();
    for (const made of [folder, packages]) rmSync(made, { recursive: true, force: true });
  });

  test("a module that exports what it imports, beside any other statement", async () => {
    write("again.ts", 'import { basename } from "node:path"; export { basename }; export const q = 1; q;');
    assert.is(await valueOf(`import { basename, q } from "${name("again")}"; [basename("/a/b"), q]`), "[ 'b', 1 ]");
  });

  test("the project's own sources", async () => {
    assert.is(
      await valueOf('import { ppo, recallAt } from "../lib/index"; [typeof ppo, recallAt(5).name]'),
      "[ 'function', 'R@5' ]",
    );
    assert.match(
      await valueOf("recallAt('5')"),
      "Argument of type 'string' is not assignable to parameter of type 'number'",
    );
  });

  test("an edit reloads the file and all that import it: types, values and earlier functions agree", async () => {
    write("a.ts", "export const a: number = 1; export function twice(n: number) { return 2 * n }");
    write(
      "b.ts",
      'import { a } from "./a"; export const b = a + 1; ' +
        'export { twice } from "./a"; export default class K { v = a }',
    );
    assert.is(
      await valueOf(
        `import K, { b, twice as t } from "${name("b")}"; import * as A from "${name("a")}"; ` +
          "function use() { return [b, A.a, new K().v] } use()",
      ),
      "[ 2, 1, 1 ]",
    );
    write("a.ts", 'export const a: string = "x"; export function twice(s: string) { return s + s }');
    assert.is(await valueOf("use()"), "[ 'x1', 'x', 'x' ]");
    assert.is(await valueOf("const s: string = t(A.a); s"), "xx");
    assert.match(await valueOf("t(5)"), "Argument of type 'number' is not assignable");
  });

  test("a broken file is named with its line and a caret; earlier values stay, and it is tried again", async () => {
    write("a.ts", 'export const a = "x";\nexport const broken = a + ;\n');
    const later = await session.run("b");
    assert.is(later.value, "x1");
    assert.match(later.text, /a\.ts:2:27 - Expression expected\.\n {4}export const broken = a \+ ;\n {4} {26}\^/);
    assert.match(
      await valueOf(`import { a } from "${name("a")}"; a`),
      /a\.ts:2:27 - Expression expected\.\n {4}export const broken = a \+ ;\n {4} {26}\^/,
    );
    write("a.ts", "export const a: string = 5;");
    assert.match(
      await valueOf(`import { a } from "${name("a")}"; a`),
      /a\.ts:1:14 - Type 'number' is not assignable to type 'string'\.\n {4}export const a: string = 5;\n {17}\^/,
    );
    write("a.ts", "export const a = 7; export const twice = (n: number) => n;");
    assert.is(await valueOf(`import { a as seven } from "${name("a")}"; [seven, b]`), "[ 7, 8 ]");
  });

  test("a file that throws while it loads is an error with its own line, and is run again with the cell", async () => {
    write("throws.ts", "export const early = 1;\n\nthrow new RangeError(`no ${early}`);");
    const { error } = await session.run(`import { early } from "${name("throws")}"; early`);
    assert.match(error, /RangeError: no 1\n +at .*throws\.ts:3:7/);
    write("throws.ts", "export const early = 2;");
    assert.is(await valueOf(`import { early } from "${name("throws")}"; early`), "2");
  });

  test("circular imports, JSON, ES modules and CommonJS load, and JSON reloads", async () => {
    write("c.ts", 'import { d } from "./d"; export const c = () => d + 1; export const one = 1;');
    write("d.ts", 'import { one } from "./c"; export const d = 4; export const e = () => one;');
    write("j.json", '{ "k": 1 }');
    write("m.mjs", "export default 3; export const here = import.meta.url;");
    write("old.js", "module.exports = { cjs: 4 };");
    assert.is(
      await valueOf(
        `import { c } from "${name("c")}"; import { e } from "${name("d")}"; import j from "${name("j.json")}"; ` +
          `import m, { here } from "${name("m.mjs")}"; import old from "${name("old")}"; ` +
          '[c(), e(), j.k, m, here.startsWith("file:"), old.cjs]',
      ),
      "[ 5, 1, 1, 3, true, 4 ]",
    );
    write("j.json", '{ "k": "two" }');
    assert.is(await valueOf("j.k.toUpperCase()"), "TWO");
  });

  test("import() in a module and in a cell starts from where it is written", async () => {
    mkdirSync(path.join(folder, "deep"));
    write("deep/x.ts", 'export const load = async () => (await import("./y")).y;');
    write("deep/y.ts", "export const y = 6;");
    assert.is(
      await valueOf(
        `const { load } = await import("${name("deep/x")}"); [await load(), (await import("${name("deep/y.ts")}")).y]`,
      ),
      "[ 6, 6 ]",
    );
  });

  test("a file and a package that were not there are found once they are", async () => {
    const file = `import { nope } from "${name("later")}"; nope`;
    assert.match(await valueOf(file), `Cannot find module '${name("later")}'`);
    write("later.ts", "export const nope = 7;");
    assert.is(await valueOf(file), "7");
    rmSync(path.join(folder, "later.ts"));
    assert.match(await valueOf(file), "Cannot find module");
    write("later.ts", "export const nope = 'back';");
    assert.is(await valueOf(file), "back");

    for (const [how, code] of [
      ["typed", 'import n from "@deepretrieval-later/typed"; n'],
      ["untyped", 'require("@deepretrieval-later/untyped")'],
      ["dynamic", '(await import("@deepretrieval-later/dynamic")).default'],
    ] as const) {
      assert.match(await valueOf(code), "Cannot find module");
      mkdirSync(path.join(packages, how), { recursive: true });
      const manifest = {
        name: `@deepretrieval-later/${how}`,
        main: "m.js",
        ...(how === "untyped" ? {} : { types: "m.d.ts" }),
      };
      writeFileSync(path.join(packages, how, "package.json"), JSON.stringify(manifest));
      writeFileSync(path.join(packages, how, "m.js"), "module.exports = 9;");
      writeFileSync(path.join(packages, how, "m.d.ts"), "declare const n: number; export default n;");
      assert.is(await valueOf(code), "9", how);
    }
  });
}

test.run();

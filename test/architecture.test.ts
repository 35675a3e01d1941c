import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { circlesIn, importsIn } from "./imports";

/** Which folders of lib/ a folder may import: arrows point one way. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  data: ["core"],
  prompts: ["core"],
  metrics: ["core"],
  search: ["core", "data"],
  rewards: ["core", "prompts", "metrics"],
  tasks: ["core", "data", "prompts", "metrics", "search", "rewards"],
  backend: ["core", "data", "setup"], // of set-up, how CUDA_VISIBLE_DEVICES is read
  models: ["core", "data", "backend"],
  training: ["core", "data", "backend", "models"], // of data, paths
  evaluation: ["core", "data", "prompts", "metrics"], // of data, paths; of prompts, where the reasoning is
  serving: ["core", "prompts", "models"], // of models, what generates for many requests at once
  // of prompts, messages; of serving, the reward function in Python
  scaling: ["core", "data", "prompts", "backend", "models", "training", "serving"],
  notebook: ["core", "evaluation"],
  cli: [
    "core",
    "data",
    "prompts",
    "metrics",
    "search",
    "rewards",
    "tasks",
    "backend",
    "models",
    "training",
    "evaluation",
    "serving",
    "scaling",
    "notebook",
    "setup", // where Jupyter's folders are
  ],
  setup: [],
};

/** Where a package may appear: replacing one touches one folder. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "@tensorflow": ["backend/"],
  "@huggingface/tokenizers": ["models/tokenizers/tokenizer.ts", "models/encoder/tokens.ts"],
  "@huggingface/gguf": ["models/checkpoints/gguf/parts.ts"],
  "@huggingface/jinja": ["models/tokenizers/jinja.ts"],
  "lru-cache": ["core/memo.ts"],
  "danfojs-node": ["evaluation/"],
  "plotly.js-dist-min": ["notebook/"],
  jsdom: ["notebook/"],
  "markdown-it": ["notebook/html/"],
  "highlight.js": ["notebook/html/"],
  "@resvg/resvg-js": ["notebook/"],
  zeromq: ["notebook/"],
  tslab: ["notebook/"],
  "@tslab": ["notebook/"],
  "@photostructure/sqlite": ["search/sql/"],
  pg: ["search/sql/"],
  usearch: ["search/dense/"],
  "node-fetch": ["core/http/", "search/", "scaling/tinker/calls/send.ts"],
  fflate: ["scaling/ray/package/upload.ts"],
  ws: ["scaling/ray/log/tail.ts"],
  protobufjs: ["scaling/tinker/wire/protobuf.ts"],
  "fast-xml-parser": ["data/files/xml.ts"],
  "@huggingface/hub": ["data/hub/"],
  fastify: ["serving/http/app.ts"],
  "@fastify": ["serving/"],
  ajv: ["serving/requests/schema-check.ts"],
  redis: ["search/remote/shared/redis.ts"],
  "@modelcontextprotocol/sdk": ["serving/mcp/"],
  "prom-client": ["serving/http/metrics.ts"],
  hyparquet: ["data/files/parquet.ts"],
  "hyparquet-compressors": ["data/files/parquet.ts"],
};

const under = (root: string, ending: RegExp): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => posix.relative(root, posix.join(entry.parentPath.replaceAll("\\", "/"), entry.name)))
    .sort();

const lib = join(__dirname, "../lib");
const read = (file: string) => readFileSync(join(lib, file), "utf8");
const code = (file: string) =>
  read(file)
    .replace(/\/\*[^]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");
const sources = under(lib, /\.(ts|js)$/);
const folderOf = (file: string) => file.split("/")[0]!;

const imports = new Map(sources.map((file) => [file, importsIn(file, read(file))]));

/** Everything a file imports, statically, dynamically or by require, and of types alone. */
const importsOf = (file: string): readonly string[] => imports.get(file)!.paths;

/** A relative import as a path from lib/; it begins with ".." where it leaves. */
const target = (file: string, path: string) =>
  // set-up is not compiled into dist/
  posix.normalize(posix.join(posix.dirname(file), path)).replace(/^\.\.\/lib\//, "");

test("every folder of lib/ is on the map", () => {
  for (const file of sources)
    if (file.includes("/"))
      assert.ok(folderOf(file) in allowed, `lib/${file}: add lib/${folderOf(file)} to the map, or move the file`);
});

for (const folder of new Set(sources.filter((file) => file.includes("/")).map(folderOf))) {
  test(`lib/${folder} imports only what it may`, () => {
    for (const file of sources.filter((file) => folderOf(file) === folder)) {
      for (const path of importsOf(file).filter((path) => path.startsWith("."))) {
        const to = target(file, path);
        assert.not.ok(to.startsWith(".."), `lib/${file} leaves lib with ${path}`);
        if (folderOf(to) !== folder)
          assert.ok(allowed[folder]!.includes(folderOf(to)), `lib/${file}: lib/${folder} may not import lib/${to}`);
      }
    }
  });
}

test("a file imports its siblings directly, without a round trip through a folder's name", () => {
  for (const file of sources) {
    for (const path of importsOf(file)) {
      assert.not.match(
        path,
        /^\.\.?$|\/index$|\/\.\.?$/,
        `lib/${file} imports ${path}: there are no barrels but index.ts`,
      );
      if (path.startsWith("../") && !path.includes("/lib/setup/"))
        assert.ok(
          path.split("/").filter((part) => part === "..").length < file.split("/").length,
          `lib/${file}: ${path}`,
        );
    }
  }
});

/** The source file that a relative import names. */
const fileAt = (path: string): string | undefined =>
  [path, `${path}.ts`, `${path}.js`].find((file) => imports.has(file));

/** Circles that are still there, each by the names of its files. The list only gets shorter. */
const knownCircles: readonly string[] = [];

test("no files import each other in a circle, not even types: a shared type stands in a leaf file", () => {
  assert.equal(
    circlesIn(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b", "d"]],
        ["d", []],
        ["e", ["e", "a"]],
      ]),
    ),
    [["b", "c"], ["e"]],
  );
  const arrows = new Map(
    sources.map((file) => [
      file,
      importsOf(file).flatMap((path) => (path.startsWith(".") ? (fileAt(target(file, path)) ?? []) : [])),
    ]),
  );
  const names = (circle: readonly string[]): string =>
    circle.map((file) => posix.basename(file).replace(/\.\w+$/, "")).join(" ");
  const unknown = circlesIn(arrows).filter((circle) => !knownCircles.includes(names(circle)));
  assert.equal(unknown, []);
});

/** Files that import what no reader of the source can know, and why they have to. */
const computedImports: Readonly<Record<string, string>> = {
  "backend/native/no-card.ts": "starts set-up's report on the card, which is not compiled, in a process of its own",
  "backend/webgpu/loader.ts": "loads packages that are installed by hand, and explains how where they are not",
  "notebook/kernel/source/load-typescript.ts": "loads the TypeScript that lies below tslab",
  "notebook/kernel/modules/modules.ts": "loads what the cells of a notebook import",
  "notebook/kernel/modules/local-modules.ts": "loads what the files beside a notebook import",
  "notebook/kernel/engine/engine.ts": "starts engine-main.js, which is compiled also where the tests are not",
  "notebook/kernel/engine/engine-main.ts": "starts engine-guard.js, which is compiled also where the tests are not",
  "setup/native/check-native.js": "tries the package that its caller names",
  "setup/native/native.js": "starts check-native.js in a process of its own",
  "setup/npm.js": "looks for the node-gyp that lies below npm",
};

test("what a file imports can be read in it: no path is computed, but for a reason", () => {
  const { paths, computed } = importsIn(
    "example.ts",
    `import type { A } from "./a"; export * from "./b"; type C = typeof import("./c"); // import "./no"
     require("./d"); require.resolve('./e'); await import(\`./f\`); if (require.main === module) run("from './no'");
     require(name); import(join(folder, "g.js")); load(require); createRequire(file)("h");
     new Worker(join(__dirname, "i.js"));`,
  );
  assert.equal(paths, ["./a", "./b", "./c", "./d", "./e", "./f"]);
  assert.equal(computed, [
    "require(name)",
    'import(join(folder, "g.js"))',
    "load(require)",
    "createRequire(file)",
    'join(__dirname, "i.js")',
  ]);
  for (const [file, { computed: found }] of imports)
    if (!(file in computedImports)) assert.equal(found, [], `lib/${file} computes what it imports`);
});

test("only index.ts and the command line know the notebook", () => {
  for (const file of sources.filter(
    (file) => !["notebook", "cli"].includes(folderOf(file)) && !["index.ts", "public-types.ts"].includes(file),
  )) {
    for (const path of importsOf(file))
      assert.not.ok(path.startsWith(".") && folderOf(target(file, path)) === "notebook", `lib/${file} imports ${path}`);
  }
});

test("a package appears only in the folder it belongs to", () => {
  for (const file of sources) {
    for (const path of importsOf(file).filter((path) => !path.startsWith("."))) {
      if (path.startsWith("node:")) continue;
      assert.not.ok(builtinModules.includes(path), `lib/${file}: write node:${path}`);
      const name = Object.keys(packages).find((name) => path === name || path.startsWith(`${name}/`));
      assert.ok(name, `lib/${file}: ${path} is on no list of packages`);
      assert.ok(
        packages[name!]!.some((place) => file.startsWith(place)),
        `lib/${file}: ${path} belongs in ${packages[name!]!.join(" or ")}`,
      );
    }
  }
});

test("set-up is plain JavaScript with nothing but Node and itself", () => {
  for (const file of sources.filter((file) => folderOf(file) === "setup")) {
    assert.match(file, /\.js$/);
    for (const path of importsOf(file))
      assert.ok(path.startsWith("node:") || folderOf(target(file, path)) === "setup", `lib/${file} imports ${path}`);
  }
  assert.equal(
    sources.filter((file) => file.endsWith(".js") && folderOf(file) !== "setup"),
    [],
  );
});

test("above lib/backend nobody asks which backend computes", () => {
  const questions =
    /\b(getBackend\(|native(Operations|Processor)\b)|isUsingGpuDevice|===? "(native|wasm|cpu|webgpu|tensorflow)"/;
  assert.ok(questions.test('if (backend.name === "wasm")') && questions.test("tf.getBackend()"));
  for (const file of sources.filter((file) => !["backend", "setup"].includes(folderOf(file)))) {
    assert.not.match(code(file), questions, `lib/${file}: give Kernels, or lib/backend/memory.ts, what differs`);
    for (const path of importsOf(file).filter((path) => path.startsWith(".")))
      assert.not.match(
        target(file, path),
        /^backend\/(?!doctor\/).*\//, // doctor/ is no backend: it looks at all that a machine has
        `lib/${file} imports ${path}: it is one backend's; kernels() in lib/backend/kernels-in-use.ts chooses`,
      );
  }
});

test("no file holds more than one concept: 350 lines at most", () => {
  for (const file of sources)
    assert.ok(read(file).split("\n").length <= 351, `lib/${file} has ${read(file).split("\n").length - 1} lines`);
});

test("no file is called after nothing", () => {
  for (const file of sources)
    assert.not.match(posix.basename(file), /^(utils?|helpers?|common|misc|manager)\./, `lib/${file}`);
});

test("randomness is an argument, and no type is given up", () => {
  for (const file of sources) {
    const text = code(file);
    for (const [what, pattern] of [
      ["Math.random", /(?<![\w.])Math\.random\b/],
      [": any", /:\s*any\b/],
      ["as any", /\bas any\b/],
      ["<any>", /<any\b/],
      ["@ts-ignore", /@ts-(ignore|nocheck)/],
      ["an empty catch", /catch\s*(\([^)]*\))?\s*\{\s*\}/],
    ] as const) {
      assert.not.ok(
        pattern.test(what.startsWith("@") || what.startsWith("an") ? read(file) : text),
        `lib/${file} has ${what}`,
      );
    }
  }
});

/** The arguments of every call of `tf.tidy` in a text. */
function tidies(text: string): string[] {
  return [...text.matchAll(/\btf\.tidy\(/g)].map(({ index }) => {
    let [at, depth] = [index! + "tf.tidy(".length, 1];
    for (; depth > 0; at++) depth += text[at] === "(" ? 1 : text[at] === ")" ? -1 : 0;
    return text.slice(index, at);
  });
}

test("no numbers leave a tidy: it would look for tensors in every one of them", () => {
  const reads = /(=>|return)[^;{]*\b(dataSync|arraySync|numbersOf)\(/;
  assert.ok(
    reads.test("tf.tidy(() => tf.add(a, b).dataSync())") &&
      reads.test("tf.tidy(() => {\n const c = 1;\n return [c, a.arraySync()];\n})"),
  );
  assert.equal(tidies("x = tf.tidy(() => (a)) + tf.tidy(b)"), ["tf.tidy(() => (a))", "tf.tidy(b)"]);
  for (const file of sources) for (const tidy of tidies(code(file))) assert.not.match(tidy, reads, `lib/${file}`);
});

test("only the notebook, the command line and set-up print", () => {
  for (const file of sources.filter((file) => !["notebook", "cli", "setup"].includes(folderOf(file))))
    assert.not.match(code(file), /\bconsole\.\w+\(/, `lib/${file}`);
});

const tests = under(__dirname, /\.test\.ts$/);

test("every test file runs its tests, and stands where its subject stands", () => {
  for (const file of tests) {
    assert.ok(
      readFileSync(join(__dirname, file), "utf8").trimEnd().endsWith("test.run();"),
      `test/${file} does not end in test.run()`,
    );
    if (file.includes("/"))
      assert.ok(
        folderOf(file) in allowed || ["full", "kernels", "notebooks"].includes(folderOf(file)),
        `test/${file}: lib has no folder ${folderOf(file)}`,
      );
  }
});

test.run();

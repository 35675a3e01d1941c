import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { commands } from "../../lib/cli/main";
import { inOptions, saysItAll } from "../../lib/cli/command/plain-error";
import { edits, nearest } from "../../lib/core/nearest";
import { root } from "../notebook/runner/bench";
import { commandLine } from "./capture";

test("--version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  for (const flag of ["--version", "-v"])
    assert.equal(await commandLine(flag), { exit: 0, out: `${version}\n`, err: "" });
});

test("the overview fits a screen and a half, by topic, with every command and no option's text", async () => {
  const { exit, out } = await commandLine();
  assert.is(exit, 0);
  assert.ok(out.split("\n").length <= 45);
  assert.match(out, /^Notebooks\n {2}deepretrieval nb run FILE {2,}run a notebook/m);
  for (const { words } of commands) assert.match(out, `deepretrieval ${words.join(" ")}`);
  assert.ok(out.split("\n").every((line) => line.length <= 130));
});

test("help of what does not exist fails, with the nearest names", async () => {
  for (const [argv, said] of [
    [["fly", "--help"], 'unknown command "fly"\n'],
    [
      ["nb", "rnu", "--help"],
      'unknown command "nb rnu": say one of run, check, strip, html, to-ts, from-ts. Did you mean "nb run"?',
    ],
    [["kernle"], 'Did you mean "kernel"?'],
    [["run", "x.ipynb"], 'Did you mean "nb run"?'],
    [["serach", "--help"], 'Did you mean "search"?'],
    [["index", "biuld"], 'Did you mean "index build"?'],
    [["model", "genarate", "--help"], 'Did you mean "model generate"?'],
    [["model", "genarate"], 'Did you mean "generate"?'],
    [["data", "gte", "bird"], 'Did you mean "get"?'],
  ] as const) {
    const { exit, out, err } = await commandLine(...argv);
    assert.equal([exit, out], [2, ""], argv.join(" "));
    assert.ok(err.includes(said), err);
  }
});

test("a group lists its verbs", async () => {
  for (const group of ["nb", "kernel", "index", "eval"]) {
    for (const argv of [[group], [group, "--help"]]) {
      const { exit, out } = await commandLine(...argv);
      assert.is(exit, 0);
      for (const { words } of commands.filter(({ words: [first] }) => first === group))
        assert.match(out, `deepretrieval ${words.join(" ")}`);
    }
  }
  assert.match((await commandLine("data", "--help")).out, /data prepare[^]*data list[^]*data get/);
  assert.match((await commandLine("model")).err, /say one of info, logits, generate, tokenize/);
  assert.match((await commandLine("nb", "run", "--help")).out, /--allow-errors/);
});

test("an unknown option names the nearest, and every complaint is about options", async () => {
  for (const [argv, said] of [
    [["nb", "run", "x.ipynb", "--htlm", "y"], "unknown option --htlm. Did you mean --html?"],
    [["search", "--idnex", "x", "q"], "unknown option --idnex. Did you mean --index?"],
    [["start", "-x"], "unknown option -x. There are: --parameter, -p, --json."],
    [["nb", "run", "x.ipynb", "--json=1"], "--json takes no value"],
    [["nb", "run", "x.ipynb", "--html"], "--html needs a value"],
    [["index", "build", "x"], 'what is "x"? Only options follow here: --corpus, --out, --dense, --json.'],
    [["search", "--index", "x", "--k", "-3", "q"], '--k is "-3"; it must be a whole number from 1'],
  ] as const) {
    const { exit, err } = await commandLine(...argv);
    assert.is(exit, 2);
    assert.ok(err.startsWith(`deepretrieval: ${said}`), err);
  }
});

test("errors of the library speak of options where they spoke of arguments", () => {
  const options = ["max-tokens", "offline", "missing", "bf16", "k"];
  const said = (message: string): string => inOptions(new RangeError(message), options);
  assert.is(
    said("rope: position 512 is past the model's 512. Shorten the prompt or maxTokens."),
    "position 512 is past the model's 512. Shorten the prompt or --max-tokens.",
  );
  assert.is(
    said('sql: 2 are missing; pass { missing: "skip" } to leave them out'),
    "2 are missing; pass --missing skip to leave them out",
  );
  assert.is(said('model: it does not fit. Try { frozen: "bf16" }.'), "it does not fit. Try --bf16.");
  assert.is(
    inOptions(Object.assign(new Error("nope: does not exist"), { name: "CorruptData" }), options),
    "nope: does not exist",
  ); // a file's name stays
});

test("a mistake of ours keeps its stack, one of the caller's does not need it", () => {
  assert.ok(saysItAll(new RangeError("bm25: k is 0")));
  assert.not(saysItAll(new TypeError("Cannot read properties of undefined (reading 'x')")));
  assert.ok(saysItAll(Object.assign(new Error("x"), { code: "ENOENT" })));
});

test("a word's neighbours are a few letters away", () => {
  assert.equal(
    [edits("abc", "abc"), edits("abc", "acb"), edits("abc", "abcd"), edits("", "ab"), edits("kitten", "sitting")],
    [0, 1, 1, 2, 3],
  );
  assert.equal(nearest("temperatur", ["temperature", "timeout"]), ["temperature"]);
  assert.equal(nearest("xyz", ["run", "check"]), []);
});

test.run();

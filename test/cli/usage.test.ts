import { test } from "uvu";
import * as assert from "uvu/assert";
import { flag, namedValues, readOptions, text } from "../../lib/cli/command/options";

test("-p takes name=value, and a value may hold an equals sign", () => {
  assert.equal(namedValues(["steps=8", "corpus=a=b", "empty="]), { steps: "8", corpus: "a=b", empty: "" });
  assert.throws(() => namedValues(["steps"]), /-p steps: write -p name=value/);
  assert.throws(() => namedValues(["=8"]), /write -p name=value/);
});

test("an unknown option is the caller's mistake", () => {
  try {
    readOptions({}, ["--colour"]);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).name, "UsageError");
    assert.match((error as Error).message, /--colour/);
  }
});

test("a mistyped option is answered with the nearest of its command", () => {
  const options = { index: text("FOLDER", "an index"), maxTokens: text("N", "tokens"), json: flag("as JSON") };
  for (const [given, meant] of [
    ["--idx", "--index"],
    ["--indx=a", "--index"],
    ["--ind", "--index"],
    ["--max_tokens", "--max-tokens"],
    ["--maxTokens", "--max-tokens"],
    ["--jsn", "--json"],
  ] as const)
    assert.throws(
      () => readOptions(options, [given]),
      (error: Error) => error.message === `unknown option ${given.replace(/=.*/, "")}. Did you mean ${meant}?`,
      given,
    );
  assert.throws(() => readOptions(options, ["--colour"]), "There are: --index, --max-tokens, --json.");
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { namedValues, readOptions } from "../../lib/cli/command/options";

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

test.run();

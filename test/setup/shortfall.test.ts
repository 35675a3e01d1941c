import { test } from "uvu";
import * as assert from "uvu/assert";
import { Shortfall, shortfallLine, shortfalls } from "../../lib/setup/native/shortfall";

for (const kind of Object.keys(shortfalls) as (keyof typeof shortfalls)[]) {
  test(`"${kind}" is told in one line: what, what is lost, how to get it`, () => {
    const line = shortfallLine(new Shortfall(kind, "the detail"));
    assert.match(line, /^set-up {2}native TensorFlow: none, as .+\. Training runs on wasm.*\. To get it, .+\.$/);
    assert.not.match(line, /\n|undefined/);
    if (kind !== "off") assert.match(line, /about 8 times slower/);
  });
}

test("the detail is in the line", () => {
  assert.match(shortfallLine(new Shortfall("compiler", "make")), /missing \(make\)/);
  assert.match(shortfallLine(new Shortfall("pip")), /pip was not found\. /);
});

test.run();

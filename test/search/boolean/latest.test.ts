import { test } from "uvu";
import * as assert from "uvu/assert";
import { latest } from "../../../lib/search/boolean/latest";

test("what is asked for again and again is made once; the weight is bounded", () => {
  const made: string[] = [];
  const kept = latest<string>(10, (value) => value.length);
  const ask = (key: string) => kept(key, () => (made.push(key), key.repeat(2)));
  for (let i = 0; i < 20; i++) {
    assert.is(ask("a"), "aa");
    ask(String(i % 10));
  }
  assert.is(made.filter((key) => key === "a").length, 1);
  // 2 characters each, 10 in all: of "a" and ten digits in turn no digit is kept until it comes round again
  assert.is(made.length, 21);
});

test.run();

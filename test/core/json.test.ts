import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseJson, writeJson } from "../../lib/core/json";

test("integers past 2^53 keep their digits, and go out as they came in", () => {
  const text =
    '{"a":[12345678901234567890,-9007199254740993,9007199254740991],' +
    '"b":"12345678901234567890","c":1.2345678901234567,"d":12345678901234567890.5}';
  assert.equal(parseJson(text), {
    a: [12345678901234567890n, -9007199254740993n, 9007199254740991],
    b: "12345678901234567890",
    c: 1.2345678901234567,
    d: 12345678901234567890.5,
  });
  assert.is(writeJson(parseJson('{"a":[12345678901234567890,"x"]}')), '{"a":[12345678901234567890,"x"]}');
});

test("anything else is JSON.parse", () => {
  for (const text of [
    "1",
    '"\\u0041"',
    '["1111111111111111", 1111111111111111]',
    '{"a\\"":"2222222222222222222\\\\"}',
    "1e16",
    "[11111111111111111e2]",
  ])
    assert.equal(parseJson(text), JSON.parse(text), text);
  for (const text of [
    "",
    "{",
    "01111111111111111111",
    '"1111111111111111111',
    "1111111111111111111 x",
    '{"a" 1111111111111111111}',
    '"\\',
    "-",
    "[1111111111111111111111,]",
  ])
    assert.throws(
      () => parseJson(text),
      (error: Error) => error.name === "SyntaxError",
      text,
    );
});

test.run();

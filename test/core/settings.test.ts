import { test } from "uvu";
import * as assert from "uvu/assert";
import { abortSignal, filledText, from, oneOf, orInfinity, whole } from "../../lib/core/ranges";
import { checkOptions, settings } from "../../lib/core/settings";

const defaults = { steps: 100, name: "run", clip: Infinity };

test("overrides lie on top of the defaults, which stay as they were", () => {
  assert.equal(settings("ppo", defaults, { steps: 3 }), { steps: 3, name: "run", clip: Infinity });
  assert.is(defaults.steps, 100);
});

test("undefined means the default", () => {
  const given: Partial<typeof defaults> = JSON.parse("{}");
  assert.is(settings("ppo", defaults, { ...given, steps: given.steps! }).steps, 100);
});

test("a name that is not known is refused, with the value and the names that are", () => {
  const misspelt = { stepz: 3 } as Partial<typeof defaults>;
  assert.throws(
    () => settings("ppo", defaults, misspelt),
    (error: Error) =>
      error.name === "TypeError" &&
      /^ppo: unknown setting "stepz" \(3\)\. Did you mean steps\? Known: steps, name, clip\.$/.test(error.message),
  );
});

test("a value of another type is refused, and null is no number", () => {
  const text = { steps: "3" } as unknown as Partial<typeof defaults>;
  assert.throws(() => settings("ppo", defaults, text), /ppo: steps is "3", a string; it must be a number, like 100\./);
  const nothing = { steps: null } as unknown as Partial<typeof defaults>;
  assert.throws(() => settings("ppo", defaults, nothing), /steps is null/);
});

test("a number that is none, or out of the range of its name, is refused with both", () => {
  const refused = (overrides: object, pattern: RegExp, ranges = {}) =>
    assert.throws(
      () => settings("ppo", { ...defaults, batch: 8, rate: 0.1 }, overrides, ranges),
      (error: Error) => error.name === "RangeError" && pattern.test(error.message),
      JSON.stringify(overrides),
    );
  refused({ steps: NaN }, /^ppo: steps is NaN; it must be a finite number\.$/);
  refused({ rate: -Infinity }, /rate is -Infinity; it must be a finite number/);
  refused({ clip: NaN }, /clip is NaN; it must be a number\./);
  for (const batch of [0, -1, 1.5, Infinity, 2 ** 60])
    refused({ batch }, /batch is .*; it must be a whole number from 1\.$/);
  refused({ rate: -1 }, /rate is -1; it must be a number from 0/, { rate: from(0) });
  assert.is(settings("ppo", defaults, { clip: Infinity }).clip, Infinity);
});

test("options without defaults are held to their table", () => {
  const table = {
    width: whole(1),
    name: filledText,
    profile: oneOf("safe", "reference"),
    limit: orInfinity(whole(1)),
    signal: abortSignal,
  };
  checkOptions(
    "evaluate",
    { width: 3, name: undefined, profile: "safe", limit: Infinity, signal: new AbortController().signal },
    table,
  );
  for (const [options, why] of [
    [{ widht: 3 }, /unknown setting "widht" \(3\)\. Did you mean width\?/],
    [{ width: "3" }, /width is "3"; it must be a whole number from 1/],
    [{ width: 3n }, /width is 3;/],
    [{ name: " " }, /name is " "; it must be a text that is not empty/],
    [{ profile: "save" }, /profile is "save"; it must be one of "safe", "reference"/],
    [{ limit: NaN }, /limit is NaN; it must be a whole number from 1, or Infinity for no limit/],
    [{ signal: new AbortController() }, /signal is \{\}; it must be an AbortSignal/],
    [null, /the options are null/],
    [3, /the options are 3; write them as/],
    [[], /the options are \[\]/],
  ] as const)
    assert.throws(() => checkOptions("evaluate", options as object, table), why);
});

test("a name that every object has is no setting", () => {
  const inherited = JSON.parse('{"toString": 1}') as Partial<typeof defaults>;
  assert.throws(() => settings("ppo", defaults, inherited), /unknown setting "toString"/);
});

test("a key is not repeated, under whatever name it was passed", () => {
  for (const wrong of [{ apikey: "sk-123" }, { steps: 1, hubToken: "sk-123" }, { Password: "sk-123" }]) {
    assert.throws(
      () => settings("ppo", defaults, wrong as object),
      (error: Error) => /unknown setting "\w+" \(a string\)/.test(error.message) && !error.message.includes("sk-123"),
    );
  }
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { settings } from "../../lib/core/settings";

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
  assert.throws(() => settings("ppo", defaults, misspelt), (error: Error) => error.name === "TypeError" && /^ppo: unknown setting "stepz" \(3\)\. Known: steps, name, clip\.$/.test(error.message));
});

test("a value of another type is refused, and null is no number", () => {
  const text = { steps: "3" } as unknown as Partial<typeof defaults>;
  assert.throws(() => settings("ppo", defaults, text), /ppo: steps is "3", a string; it must be a number, like 100\./);
  const nothing = { steps: null } as unknown as Partial<typeof defaults>;
  assert.throws(() => settings("ppo", defaults, nothing), /steps is null/);
});

test("a name that every object has is no setting", () => {
  const inherited = JSON.parse('{"toString": 1}') as Partial<typeof defaults>;
  assert.throws(() => settings("ppo", defaults, inherited), /unknown setting "toString"/);
});

test("a key is not repeated, under whatever name it was passed", () => {
  for (const wrong of [{ apikey: "sk-123" }, { steps: 1, hubToken: "sk-123" }, { Password: "sk-123" }]) {
    assert.throws(() => settings("ppo", defaults, wrong as object), (error: Error) => /unknown setting "\w+" \(a string\)/.test(error.message) && !error.message.includes("sk-123"));
  }
});

test.run();

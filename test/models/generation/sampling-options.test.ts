import { test } from "uvu";
import * as assert from "uvu/assert";
import { samplingDefaults, samplingSettings } from "../../../lib/models/generation/sampling-options";

test("what is not said is at its default", () => {
  const { stop, batch, grammar, rng, signal, ...numbers } = samplingSettings({
    topK: 5,
    topP: undefined as unknown as number,
  });
  assert.equal(numbers, { ...samplingDefaults, topK: 5 });
  assert.equal([stop, batch, grammar, signal, typeof rng.next()], [[], undefined, undefined, undefined, "number"]);
});

test("a value that cannot be is refused by name, with what it may be", () => {
  const refused = (options: object, pattern: RegExp) =>
    assert.throws(
      () => samplingSettings(options),
      (error: Error) => pattern.test(`${error.name} ${error.message}`),
      JSON.stringify(options),
    );
  refused({ maxTokens: 0 }, /RangeError generate: maxTokens is 0; it must be a whole number from 1\./);
  refused({ maxTokens: 1.5 }, /maxTokens is 1\.5/);
  refused({ temperature: -1 }, /temperature is -1; it must be a number from 0/);
  refused({ temperature: NaN }, /temperature is NaN/);
  refused({ topK: -1 }, /topK is -1; it must be a whole number from 0/);
  for (const topP of [0, 1.1]) refused({ topP }, /topP is .*; it must be above 0 and at most 1/);
  for (const minP of [-0.1, 1.1]) refused({ minP }, /minP is .*; it must be between 0 and 1/);
  refused({ repetitionPenalty: 0 }, /repetitionPenalty is 0; it must be a number above 0/);
  refused({ batch: 0 }, /batch is 0; it must be a whole number from 1/);
  refused({ maxToken: 5 }, /TypeError generate: unknown setting "maxToken" \(5\)\. Did you mean maxTokens\?/);
  refused({ rng: 7 }, /rng is 7; it must be a stream of random numbers/);
  refused({ topP: "0.9" }, /topP is "0\.9"/);
  for (const stop of ["text", [""], [3]])
    refused({ stop }, /TypeError generate: stop is .*; it must be a list of texts that are not empty/);
});

test.run();

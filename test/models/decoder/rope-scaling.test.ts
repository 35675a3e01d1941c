import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  llama3Frequency,
  scaledFrequency,
  llama3Scaling,
  type Llama3Scaling,
} from "../../../lib/models/decoder/rope-scaling";
import { close } from "../../fixtures";

const scaling: Llama3Scaling = {
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};
const turning = (turns: number) => (2 * Math.PI * turns) / 8192; // a frequency that turns so often within the context

test("what turns more than four times in the context is left, what turns less than once is slowed eightfold", () => {
  assert.is(llama3Frequency(turning(5), scaling), turning(5));
  close([llama3Frequency(turning(0.5), scaling)], [turning(0.5) / 8]);
});

test("in between the two are blended in proportion", () => {
  // two turns: smooth = (2 − 1)/(4 − 1) = 1/3; (2/3)/8 + 1/3 = 5/12
  close([llama3Frequency(turning(2), scaling)], [(turning(2) * 5) / 12]);
});

test("linear scaling slows every rotation alike", () =>
  assert.is(scaledFrequency(0.5, { rope_type: "linear", factor: 4 }), 0.125));

test("a GGUF file's factors are recognised as the scaling they came from, and others are not", () => {
  for (const factor of [8, 32]) {
    const factors = Array.from({ length: 64 }, (_, i) => {
      const frequency = 500000 ** (-i / 64);
      return Math.fround(frequency / llama3Frequency(frequency, { ...scaling, factor }));
    });
    assert.equal(llama3Scaling(factors, 500000), { ...scaling, factor });
    assert.is(
      llama3Scaling(
        factors.map((each, i) => (i === 40 ? each * 1.1 : each)),
        500000,
      ),
      undefined,
    );
  }
});

test.run();

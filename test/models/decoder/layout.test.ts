import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { inMemory, type ArraySource, type NamedArray } from "../../../lib/models/checkpoints/array-source";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { DecoderConfig } from "../../../lib/models/decoder/config";
import { arraysOf } from "../../../lib/models/decoder/layout";
import { fromArrays, loadWeights, transposeInto } from "../../../lib/models/checkpoints/read-weights";
import { toArrays } from "../../../lib/models/checkpoints/write-weights";
import { initialWeights } from "../../../lib/models/decoder/initial-weights";
import { namedTensors } from "../../../lib/models/decoder/weights";
import { tensorsLeftBy, tinyConfig } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const configs: Record<string, DecoderConfig> = {
  qwen2: tinyConfig,
  "qwen2, not tied": { ...tinyConfig, tie_word_embeddings: false },
  qwen3: { ...tinyConfig, model_type: "qwen3" },
  "llama, not tied": { ...tinyConfig, model_type: "llama", tie_word_embeddings: false },
};
const arraysFor = (config: DecoderConfig): Record<string, NamedArray> => {
  const weights = initialWeights(config, random(1));
  const arrays = toArrays(weights, config);
  tf.dispose(namedTensors(weights).map(([, tensor]) => tensor));
  return arrays;
};

for (const [name, config] of Object.entries(configs)) {
  test(`${name}: what is written is what the config promises, and comes back bit for bit`, async () => {
    const arrays = arraysFor(config);
    assert.equal(
      Object.entries(arrays)
        .map(([name, { shape }]) => [name, shape])
        .sort(),
      [...arraysOf(config)].sort(),
    );
    const left = await tensorsLeftBy(() => {
      const weights = fromArrays("memory", arrays, config);
      const back = toArrays(weights, config);
      for (const [name, { data }] of Object.entries(arrays)) assert.equal(back[name]!.data, data, name);
      tf.dispose(namedTensors(weights).map(([, tensor]) => tensor));
    });
    assert.is(left, 0);
  });
}

test("only Qwen2 has biases, only Qwen3 norms of heads, and only untied models an output projection", () => {
  const kinds = (config: DecoderConfig) =>
    ["q_proj.bias", "q_norm", "lm_head"].map((part) => [...arraysOf(config)].some(([name]) => name.includes(part)));
  assert.equal(Object.values(configs).map(kinds), [
    [true, false, false],
    [true, false, true],
    [false, true, false],
    [false, false, true],
  ]);
});

for (const size of [1, 3, 5, 16, 17, 64, 1000]) {
  test(`a matrix that arrives ${size} numbers at a time is transposed into its columns`, () => {
    const [width, rows, columns, at] = [37, 6, 50, 9];
    const source = Float32Array.from({ length: width * rows }, (_, i) => i);
    const data = new Float32Array(rows * columns).fill(-1);
    for (let from = 0; from < source.length; from += size)
      transposeInto(data, source.subarray(from, from + size), from, rows, columns, at);
    const expected = Array.from({ length: rows * columns }, (_, place) => {
      const [i, j] = [Math.floor(place / columns), (place % columns) - at];
      return j >= 0 && j < width ? j * rows + i : -1;
    });
    assert.equal([...data], expected);
  });
}

test("a number that is not finite is named with its place, and leaves no tensor", async () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const arrays = arraysFor(tinyConfig);
    arrays["model.layers.1.mlp.up_proj.weight"]!.data[5] = value;
    const left = await tensorsLeftBy(() => {
      assert.throws(
        () => fromArrays("m.safetensors", arrays, tinyConfig),
        (error: Error) =>
          error.name === "CorruptData" &&
          error.message.startsWith(`m.safetensors: number 5 of model.layers.1.mlp.up_proj.weight is ${value}. `),
      );
    });
    assert.is(left, 0);
  }
});

test("a missing array is found before the first one is read", () => {
  const { "model.norm.weight": _, ...arrays } = arraysFor(tinyConfig);
  const source: ArraySource = { ...inMemory("m.safetensors", arrays), read: () => assert.unreachable("read") };
  assert.throws(
    () => loadWeights(source, tinyConfig),
    /^m\.safetensors: model\.norm\.weight is missing|model\.norm\.weight is missing/,
  );
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { fromArrays } from "../../../lib/models/checkpoints/read-weights";
import { toArrays } from "../../../lib/models/checkpoints/write-weights";
import { frozen, mapWeights, namedTensors, trainable, variableFrom } from "../../../lib/models/decoder/weights";
import { initialWeights } from "../../../lib/models/decoder/initial-weights";
import { tensorsLeftBy, tinyConfig } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));
const draw = (seed = 1) => initialWeights(tinyConfig, random(seed));
const dispose = (weights: ReturnType<typeof draw>) => tf.dispose(namedTensors(weights).map(([, tensor]) => tensor));

test("weights go to Hugging Face's names and shapes and back, bit for bit", async () => {
  const left = await tensorsLeftBy(() => {
    const weights = draw();
    const back = fromArrays("memory", toArrays(weights, tinyConfig), tinyConfig);
    assert.equal(
      namedTensors(back).map(([name, tensor]) => [name, tensor.shape]),
      namedTensors(weights).map(([name, tensor]) => [name, tensor.shape]),
    );
    for (const [i, [name, tensor]] of namedTensors(weights).entries())
      assert.equal(namedTensors(back)[i]![1].dataSync(), tensor.dataSync(), name);
    dispose(weights);
    dispose(back);
  });
  assert.is(left, 0);
});

test("names and shapes are those that transformers' Qwen2 reads: [out, in], projections apart", () => {
  const weights = draw();
  const shapes = Object.fromEntries(
    Object.entries(toArrays(weights, { ...tinyConfig, num_hidden_layers: 1 })).map(([name, { shape }]) => [
      name,
      shape,
    ]),
  );
  dispose(weights);
  const layer = "model.layers.0.";
  const expected: Record<string, number[]> = {
    "model.embed_tokens.weight": [300, 16],
    "model.norm.weight": [16],
    [`${layer}input_layernorm.weight`]: [16],
    [`${layer}post_attention_layernorm.weight`]: [16],
    [`${layer}self_attn.q_proj.weight`]: [16, 16],
    [`${layer}self_attn.k_proj.weight`]: [8, 16],
    [`${layer}self_attn.v_proj.weight`]: [8, 16],
    [`${layer}self_attn.q_proj.bias`]: [16],
    [`${layer}self_attn.k_proj.bias`]: [8],
    [`${layer}self_attn.v_proj.bias`]: [8],
    [`${layer}self_attn.o_proj.weight`]: [16, 16],
    [`${layer}mlp.gate_proj.weight`]: [24, 16],
    [`${layer}mlp.up_proj.weight`]: [24, 16],
    [`${layer}mlp.down_proj.weight`]: [16, 24],
  };
  for (const [name, shape] of Object.entries(expected)) assert.equal(shapes[name], shape, name);
  assert.is(Object.keys(shapes).filter((name) => !name.includes("layers.1")).length, Object.keys(expected).length);
});

test("a linear weight is the transpose of the packed one", () => {
  const weights = draw();
  const q = toArrays(weights, tinyConfig)["model.layers.0.self_attn.q_proj.weight"]!.data;
  const packed = weights.layers[0]!.qkv.arraySync(); // [16, 32]
  assert.is(q[3 * 16 + 5], packed[5]![3]); // out 3, in 5
  dispose(weights);
});

test("a missing or misshapen array is named, and leaves no tensor", async () => {
  const weights = draw();
  const arrays = toArrays(weights, tinyConfig);
  dispose(weights);
  const corrupt = (pattern: RegExp) => (error: Error) => error.name === "CorruptData" && pattern.test(error.message);
  const { "model.layers.1.mlp.up_proj.weight": up, ...missing } = arrays;
  assert.throws(
    () => fromArrays("m.safetensors", missing, tinyConfig),
    corrupt(/^m\.safetensors: model\.layers\.1\.mlp\.up_proj\.weight is missing\. config\.json promises 2 layers/),
  );
  const misshapen = { ...arrays, "model.layers.1.mlp.up_proj.weight": { shape: [16, 24], data: up!.data } };
  assert.throws(
    () => fromArrays("m.safetensors", misshapen, tinyConfig),
    corrupt(/up_proj\.weight is \[16,24\]; config\.json promises \[24,16\]/),
  );
});

test("a checkpoint that is refused leaves no tensor behind", async () => {
  const weights = draw();
  const { "model.norm.weight": _, ...missing } = toArrays(weights, tinyConfig);
  dispose(weights);
  assert.is(await tensorsLeftBy(() => void assert.throws(() => fromArrays("m.safetensors", missing, tinyConfig))), 0);
});

test("initial weights depend on the seed alone, and each tensor on its own name", () => {
  const [one, same, other] = [draw(1), draw(1), draw(2)];
  const smaller = initialWeights({ ...tinyConfig, num_hidden_layers: 1 }, random(1));
  assert.equal(one.layers[1]!.down.dataSync(), same.layers[1]!.down.dataSync());
  assert.not.equal(one.embed.dataSync(), other.embed.dataSync());
  assert.equal(smaller.layers[0]!.qkv.dataSync(), one.layers[0]!.qkv.dataSync());
  for (const weights of [one, same, other, smaller]) dispose(weights);
});

test("initial weights have the deviations promised: 0.02, 0.04, and 0.04/√2L where the residual is written", () => {
  const weights = initialWeights({ ...tinyConfig, hidden_size: 64, head_dim: 16, intermediate_size: 128 }, random(3));
  const deviation = (tensor: tf.Tensor) =>
    Math.sqrt(Array.from(tensor.dataSync()).reduce((sum, value) => sum + value ** 2, 0) / tensor.size);
  const { qkv, out, gateUp, down, norm1, qkvBias } = weights.layers[1]!;
  // 4,096 numbers: 1.1 % is one deviation
  for (const [tensor, expected] of [
    [weights.embed, 0.02],
    [qkv, 0.04],
    [gateUp, 0.04],
    [out, 0.02],
    [down, 0.02],
  ] as const)
    assert.ok(Math.abs(deviation(tensor) / expected - 1) < 0.06, `${deviation(tensor)}, expected ${expected}`);
  assert.is(deviation(norm1), 1);
  assert.is(deviation(qkvBias!), 0);
  dispose(weights);
});

test("a frozen copy is left alone by training", async () => {
  const left = await tensorsLeftBy(() => {
    const weights = trainable(draw());
    const copy = frozen(weights);
    const before = copy.embed.dataSync().slice();
    tf.tidy(() => (weights.embed as tf.Variable<tf.Rank.R2>).assign(tf.zeros([300, 16])));
    assert.equal(copy.embed.dataSync(), before);
    dispose(weights);
    dispose(copy);
  });
  assert.is(left, 0);
});

test("variables take the tensors over: none is left twice", async () => {
  assert.is(await tensorsLeftBy(() => variableFrom(tf.zeros([2])).dispose()), 0);
  const left = await tensorsLeftBy(() => {
    const weights = draw();
    const doubled = mapWeights(weights, (tensor) => tf.mul(tensor, 2));
    dispose(weights);
    assert.equal(doubled.norm.dataSync()[0], 2);
    dispose(doubled);
  });
  assert.is(left, 0);
});

test.run();

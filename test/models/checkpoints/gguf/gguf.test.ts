import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { readArray } from "../../../../lib/models/checkpoints/array-source";
import { useBackend } from "../../../../lib/backend/choose";
import { tf } from "../../../../lib/backend/tf";
import type { DecoderConfig } from "../../../../lib/models/decoder/config";
import { halfSplit, openGguf } from "../../../../lib/models/checkpoints/gguf/gguf";
import { layerNames, wholeNames } from "../../../../lib/models/checkpoints/gguf/names";
import { loadWeights } from "../../../../lib/models/checkpoints/read-weights";
import { toArrays } from "../../../../lib/models/checkpoints/write-weights";
import { llama3Frequency } from "../../../../lib/models/decoder/rope-scaling";
import { initialWeights } from "../../../../lib/models/decoder/initial-weights";
import { namedTensors } from "../../../../lib/models/decoder/weights";
import { temporaryFolder, tinyConfig, tinyTokenizer } from "../../../fixtures";
import { float32Tensor, ggufFile, type GgufTensor, type GgufValue } from "./gguf-file";

test.before(async () => void (await useBackend("cpu")));
const file = join(temporaryFolder(), "model.gguf");

type TokenizerJson = {
  model: { vocab: Record<string, number>; merges: string[] };
  added_tokens: { id: number; content: string; special: boolean }[];
};
const json = tinyTokenizer.json as TokenizerJson;
const tokens = [
  ...Object.entries(json.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => token),
  ...json.added_tokens.map(({ content }) => content),
];

const metadataOf = (type: string, config: DecoderConfig): Record<string, GgufValue> => ({
  "general.architecture": type,
  [`${type}.embedding_length`]: config.hidden_size,
  [`${type}.block_count`]: config.num_hidden_layers,
  [`${type}.attention.head_count`]: config.num_attention_heads,
  [`${type}.attention.head_count_kv`]: config.num_key_value_heads,
  [`${type}.attention.key_length`]: config.head_dim,
  [`${type}.feed_forward_length`]: config.intermediate_size,
  [`${type}.attention.layer_norm_rms_epsilon`]: config.rms_norm_eps,
  [`${type}.rope.freq_base`]: config.rope_theta,
  [`${type}.context_length`]: config.max_position_embeddings,
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": "qwen2",
  "tokenizer.ggml.tokens": tokens,
  "tokenizer.ggml.token_type": tokens.map((_, id) => (id < tokens.length - 7 ? 1 : id < tokens.length - 4 ? 3 : 4)),
  "tokenizer.ggml.merges": json.model.merges,
  "tokenizer.ggml.eos_token_id": tinyTokenizer.eos,
  "tokenizer.ggml.padding_token_id": tinyTokenizer.pad,
});

/** A random model under llama.cpp's names; the rows of a Llama's queries and keys as llama.cpp has them. */
function tensorsOf(config: DecoderConfig): {
  tensors: Record<string, GgufTensor>;
  arrays: ReturnType<typeof toArrays>;
} {
  const weights = initialWeights(config, random(3));
  const arrays = toArrays(weights, config);
  tf.dispose(namedTensors(weights).map(([, tensor]) => tensor));
  const tensors: Record<string, GgufTensor> = {};
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    const [, layer, part] = /^model\.layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    const theirs =
      part === undefined
        ? wholeNames.find(([ours]) => ours === name)![1]
        : `blk.${layer}.${layerNames.find(([ours]) => ours === part)![1]}`;
    const heads = /q_proj/.test(name) ? config.num_attention_heads : config.num_key_value_heads;
    const permuted =
      config.model_type === "llama" && /[qk]_proj/.test(name)
        ? neighbours(data, shape as [number, number], heads)
        : data;
    tensors[theirs] = float32Tensor(shape, permuted);
  }
  return { tensors, arrays };
}

/** llama.cpp's `permute`: row i of a head to 2i, row i + D/2 to 2i + 1. */
function neighbours(data: Float32Array, [rows, columns]: readonly [number, number], heads: number): Float32Array {
  const D = rows / heads;
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const d = row % D;
    const target = row - d + (d < D / 2 ? 2 * d : 2 * (d - D / 2) + 1);
    result.set(data.subarray(row * columns, (row + 1) * columns), target * columns);
  }
  return result;
}

const configs: Record<string, DecoderConfig> = {
  qwen2: tinyConfig,
  qwen3: { ...tinyConfig, model_type: "qwen3", tie_word_embeddings: false },
  llama: { ...tinyConfig, model_type: "llama", tie_word_embeddings: false },
};
for (const [type, config] of Object.entries(configs)) {
  test(`${type}: config, tokenizer and every weight are what went into the file`, async () => {
    const { tensors, arrays } = tensorsOf(config);
    writeFileSync(file, ggufFile(metadataOf(type, config), tensors));
    const checkpoint = await openGguf(file);
    const { rms_norm_eps, ...rest } = checkpoint.config;
    assert.equal({ ...rest, rms_norm_eps: config.rms_norm_eps }, config);
    assert.ok(Math.abs(rms_norm_eps / config.rms_norm_eps - 1) < 1e-6, "it is stored as a float32");
    for (const [name, { shape, data }] of Object.entries(arrays))
      assert.equal(readArray(checkpoint.source, name), { shape, data }, name);
    tf.dispose(namedTensors(loadWeights(checkpoint.source, checkpoint.config)).map(([, tensor]) => tensor));
    checkpoint.source.close();
    const text = "the cat<|im_end|> sat <think>on 42 mats</think>";
    assert.equal(checkpoint.tokenizer().encode(text), tinyTokenizer.encode(text));
    assert.equal([checkpoint.tokenizer().stops, checkpoint.tokenizer().pad], [[tinyTokenizer.eos], tinyTokenizer.pad]);
  });
}

test("half-split rows are the inverse of llama.cpp's neighbours", () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  assert.equal([...halfSplit(Float32Array.of(0, 1, 2, 3), [4, 1], 1)], [0, 2, 1, 3]); // D = 4: rows 0, 2 | 1, 3
  assert.equal(halfSplit(neighbours(data, [12, 2], 3), [12, 2], 3), data);
});

test("the factors of Llama 3.2's frequencies become its scaling", async () => {
  const config = configs.llama!;
  const scaling = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
  const wide: DecoderConfig = { ...config, head_dim: 32, rope_theta: 500000 };
  const { tensors } = tensorsOf(wide);
  const factors = Float32Array.from(
    { length: 16 },
    (_, i) => 500000 ** (-i / 16) / llama3Frequency(500000 ** (-i / 16), scaling),
  );
  writeFileSync(
    file,
    ggufFile(metadataOf("llama", wide), { ...tensors, "rope_freqs.weight": float32Tensor([16], factors) }),
  );
  const { config: read, source } = await openGguf(file);
  source.close();
  assert.equal(read.rope_scaling, scaling);
});

const refused = async (bytes: Uint8Array, pattern: RegExp) => {
  writeFileSync(file, bytes);
  try {
    const { source, tokenizer, config } = await openGguf(file);
    try {
      tokenizer();
      loadWeights(source, config);
    } finally {
      source.close();
    }
  } catch (error) {
    assert.ok(
      (error as Error).name === "CorruptData" && (error as Error).message.startsWith(file),
      String((error as Error).stack),
    );
    return assert.match((error as Error).message, pattern);
  }
  assert.unreachable(`read in spite of ${pattern}`);
};

test("a file that lacks something, or has something that is not read, is refused by name", async () => {
  const metadata = metadataOf("qwen2", tinyConfig);
  const { tensors } = tensorsOf(tinyConfig);
  const { "blk.1.ffn_up.weight": up, ...missing } = tensors;
  await refused(ggufFile(metadata, missing), /model\.layers\.1\.mlp\.up_proj\.weight is missing/);
  await refused(
    ggufFile(metadata, { ...missing, "blk.1.ffn_up.weight": { ...up!, type: 16 } }),
    /blk\.1\.ffn_up\.weight is of ggml type 16.*Q6_K/,
  );
  await refused(
    ggufFile({ ...metadata, "general.architecture": "mamba" }, tensors),
    /general\.architecture is "mamba"/,
  );
  await refused(ggufFile({ ...metadata, "qwen2.rope.scaling.type": "yarn" }, tensors), /rope\.scaling\.type is "yarn"/);
  await refused(
    ggufFile({ ...metadata, "tokenizer.ggml.pre": "klingon" }, tensors),
    /tokenizer\.ggml\.pre is "klingon"/,
  );
  await refused(ggufFile({ ...metadata, "tokenizer.ggml.model": "bert" }, tensors), /tokenizer\.ggml\.model is "bert"/);
  await refused(ggufFile({ ...metadata, "qwen2.block_count": 0 }, tensors), /num_hidden_layers is 0/);
  const many = [...tokens, "one", "more"];
  await refused(
    ggufFile({ ...metadata, "tokenizer.ggml.tokens": many }, tensors),
    /it has 302 tokens, config\.json 300/,
  );
});

test("what the metadata or the arrays add to the decoder is refused by name", async () => {
  const metadata = metadataOf("llama", configs.llama!);
  const { tensors } = tensorsOf(configs.llama!);
  const one = (...shape: number[]) => float32Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1));
  const cases: [Record<string, GgufValue>, Record<string, GgufTensor>, RegExp][] = [
    [{ "llama.expert_count": 8 }, {}, /llama\.expert_count is 8/],
    [{ "llama.final_logit_softcapping": 30 }, {}, /llama\.final_logit_softcapping is 30/],
    [{ "llama.attn_logit_softcapping": 50 }, {}, /llama\.attn_logit_softcapping is 50/],
    [{ "llama.logit_scale": 0.5 }, {}, /llama\.logit_scale is 0\.5/],
    [{ "llama.attention.sliding_window": 16 }, {}, /llama\.attention\.sliding_window is 16, of 64 positions/],
    [{ "llama.attention.causal": false }, {}, /llama\.attention\.causal is false/],
    [{ "llama.rope.dimension_count": 2 }, {}, /llama\.rope\.dimension_count is 2, of heads of 4/],
    [{ "llama.attention.value_length": 8 }, {}, /llama\.attention\.value_length is 8, of heads of 4/],
    [{ "llama.rope.scaling.type": "longrope" }, {}, /llama\.rope\.scaling\.type is "longrope"/],
    [{}, { "blk.0.attn_q.bias": one(16) }, /blk\.0\.attn_q\.bias \[16\] is no part of the llama/],
    [{}, { "blk.1.attn_output.bias": one(16) }, /blk\.1\.attn_output\.bias/],
    [{}, { "blk.0.attn_q_norm.weight": one(4) }, /blk\.0\.attn_q_norm\.weight/],
    [{}, { "blk.0.ffn_gate_inp.weight": one(8, 16) }, /blk\.0\.ffn_gate_inp\.weight/],
    [{}, { "blk.2.ffn_norm.weight": one(16) }, /blk\.2\.ffn_norm\.weight/],
    [{}, { "output.bias": one(300) }, /output\.bias/],
    [{}, { "rope_freqs.weight": one(3) }, /rope_freqs\.weight holds factors that no Llama 3 scaling gives/],
  ];
  for (const [keys, arrays, pattern] of cases)
    await refused(ggufFile({ ...metadata, ...keys }, { ...tensors, ...arrays }), pattern);
  const { "llama.context_length": _, ...short } = metadata;
  await refused(ggufFile(short, tensors), /llama\.context_length is missing/);
});

test("fields that change nothing are read: no experts, a window as wide as the context, a scale of one", async () => {
  const { tensors } = tensorsOf(configs.llama!);
  const keys = {
    "llama.expert_count": 0,
    "llama.attention.sliding_window": 64,
    "llama.logit_scale": 1,
    "llama.rope.scaling.type": "linear",
    "llama.rope.scaling.factor": 1,
    "llama.rope.dimension_count": 4,
  };
  writeFileSync(file, ggufFile({ ...metadataOf("llama", configs.llama!), ...keys }, tensors));
  const { config, source } = await openGguf(file);
  source.close();
  assert.is(config.rope_scaling, undefined);
  // without a type it is linear
  writeFileSync(file, ggufFile({ ...metadataOf("llama", configs.llama!), "llama.rope.scaling.factor": 4 }, tensors));
  const scaled = await openGguf(file);
  scaled.source.close();
  assert.equal(scaled.config.rope_scaling, { rope_type: "linear", factor: 4 });
});

test("every token that ends a text, a turn or a message stops", async () => {
  const metadata = metadataOf("qwen2", tinyConfig);
  writeFileSync(
    file,
    ggufFile(
      { ...metadata, "tokenizer.ggml.eot_token_id": 296, "tokenizer.ggml.eom_token_id": 297 },
      tensorsOf(tinyConfig).tensors,
    ),
  );
  const { source, tokenizer } = await openGguf(file);
  source.close();
  assert.equal(tokenizer().stops, [tinyTokenizer.eos, 296, 297]);
});

test("a big-endian file is named as one", async () => {
  const head = (version: number) =>
    Buffer.concat([Buffer.from("GGUF"), Buffer.from([0, 0, 0, version]), Buffer.alloc(16)]);
  await refused(head(3), /it is a big-endian GGUF file/);
  const endless = Buffer.concat([head(3), Buffer.alloc(64)]);
  endless[15] = 1; // one tensor, of no name and no axes
  await refused(endless, /it is a big-endian GGUF file/);
});

test("the parts of a split file are read from the first, and else named", async () => {
  const folder = temporaryFolder();
  const { tensors, arrays } = tensorsOf(tinyConfig);
  const names = Object.keys(tensors);
  const part = (from: number, to?: number) =>
    Object.fromEntries(names.slice(from, to).map((name) => [name, tensors[name]!]));
  const keys = (no: number) => ({ "split.no": no, "split.count": 3, "split.tensors.count": names.length });
  const paths = [1, 2, 3].map((no) => join(folder, `model-0000${no}-of-00003.gguf`));
  writeFileSync(paths[0]!, ggufFile({ ...metadataOf("qwen2", tinyConfig), ...keys(0) }, part(0, 4)));
  writeFileSync(paths[2]!, ggufFile(keys(2), part(9)));
  const fails = async (path: string, pattern: RegExp) => {
    const error = (await openGguf(path).then(
      () => undefined,
      (each: unknown) => each,
    )) as Error;
    assert.ok(
      error?.name === "CorruptData" && error.message.startsWith(path) && pattern.test(error.message),
      String(error),
    );
  };
  await fails(
    paths[0]!,
    /it is the first of 3 parts; model-00002-of-00003\.gguf is missing\. Load the first part with the others beside it/,
  );
  writeFileSync(paths[1]!, ggufFile(keys(1), part(4, 9)));
  const { source, config } = await openGguf(paths[0]!);
  assert.is(config.num_hidden_layers, 2);
  for (const [name, array] of Object.entries(arrays)) assert.equal(readArray(source, name), array, name);
  source.close();
  await fails(
    paths[1]!,
    /it is part 2 of 3 of a split model\. Load the first part, model-00001-of-00003\.gguf, with the others beside it/,
  );
  writeFileSync(paths[1]!, ggufFile(keys(1), part(4, 8)));
  await fails(paths[0]!, /its parts hold \d+ arrays, \d+ are promised/);
  writeFileSync(paths[1]!, ggufFile(keys(1), part(3, 9)));
  await fails(paths[1]!, /part 2/);
  const renamed = join(folder, "first.gguf");
  writeFileSync(renamed, ggufFile({ ...metadataOf("qwen2", tinyConfig), ...keys(0) }, part(0, 4)));
  await fails(renamed, /it is the first of 3 parts, but its name does not say so/);
});

test("a truncated file, another file, and overlapping tensors are refused", async () => {
  const whole = ggufFile(metadataOf("qwen2", tinyConfig), tensorsOf(tinyConfig).tensors);
  await refused(whole.subarray(0, -100), /ends at byte \d+, the file has \d+: it is truncated/);
  await refused(whole.subarray(0, 300), /./);
  await refused(Buffer.from("GGML and so on"), /its head cannot be read: not a valid gguf file/);
  await refused(Buffer.alloc(0), /its head cannot be read/);
  const numbers = Float32Array.of(1, 2);
  const two = { a: float32Tensor([2], numbers), b: { ...float32Tensor([2], numbers), offset: 4 } };
  await refused(
    ggufFile(metadataOf("qwen2", tinyConfig), two),
    /b begins at byte \d+, inside of a, which ends at \d+: they overlap/,
  );
});

test("300 files with some bytes changed or cut off are read or refused, and never crash", async () => {
  const whole = ggufFile(metadataOf("qwen2", tinyConfig), tensorsOf(tinyConfig).tensors);
  const head = whole.indexOf("token_embd") + 2000; // most changes go where the structure is
  const rng = random("gguf");
  let refusals = 0;
  for (let i = 0; i < 300; i++) {
    const own = rng.fork(i);
    let bytes = Buffer.from(whole);
    for (let change = own.below(3); change >= 0; change--) {
      const at = own.below(Math.min(head, bytes.length));
      if (own.below(8) === 0) bytes = bytes.subarray(0, at + 1);
      else bytes[at] = own.below(256);
    }
    writeFileSync(file, bytes);
    try {
      const { source, tokenizer } = await openGguf(file);
      try {
        for (const name of source.names) readArray(source, name);
        tokenizer();
      } finally {
        source.close();
      }
    } catch (error) {
      const { name, message } = error as Error;
      assert.ok(
        name === "CorruptData" && message.startsWith(file),
        `file ${i}: ${name}: ${message}\n${(error as Error).stack}`,
      );
      refusals++;
    }
  }
  assert.ok(refusals > 20 && refusals < 300, `${refusals} refused`);
});

test.run();

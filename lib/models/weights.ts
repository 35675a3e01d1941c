import { CorruptData } from "../core/errors";
import type { Random } from "../core/random";
import { tf } from "./backend/tf";
import type { DecoderConfig } from "./config";
import type { NamedArray } from "./safetensors";

/**
 * The parameters of a Qwen2 decoder. Projections are packed and kept as [in, out], so that a layer is four
 * untransposed matrix products: the fastest form on every backend.
 * Axes: V vocabulary, C width, H query heads, K key/value heads, D per head, F feed-forward width.
 */
export type Weights = {
  embed: tf.Tensor2D; // [V, C], also the output projection (tied)
  layers: Layer[];
  norm: tf.Tensor1D; // [C]
};

export type Layer = {
  norm1: tf.Tensor1D; // [C]
  qkv: tf.Tensor2D; // [C, (H + 2K)·D]
  qkvBias: tf.Tensor1D; // [(H + 2K)·D]
  out: tf.Tensor2D; // [H·D, C]
  norm2: tf.Tensor1D; // [C]
  gateUp: tf.Tensor2D; // [C, 2F]
  down: tf.Tensor2D; // [F, C]
};

/** How a packed tensor is laid out in a Hugging Face checkpoint: name and width of each part. */
const parts = (config: DecoderConfig): Record<keyof Layer, readonly (readonly [name: string, width: number])[]> => {
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D, intermediate_size: F, hidden_size: C } = config;
  return {
    norm1: [["input_layernorm.weight", C]],
    qkv: [["self_attn.q_proj.weight", H * D], ["self_attn.k_proj.weight", K * D], ["self_attn.v_proj.weight", K * D]],
    qkvBias: [["self_attn.q_proj.bias", H * D], ["self_attn.k_proj.bias", K * D], ["self_attn.v_proj.bias", K * D]],
    out: [["self_attn.o_proj.weight", C]],
    norm2: [["post_attention_layernorm.weight", C]],
    gateUp: [["mlp.gate_proj.weight", F], ["mlp.up_proj.weight", F]],
    down: [["mlp.down_proj.weight", C]],
  };
};

/** Rows of each packed matrix: the width of what it reads. Vectors have none. */
const inputs = (config: DecoderConfig): Partial<Record<keyof Layer, number>> => ({
  qkv: config.hidden_size,
  out: config.num_attention_heads * config.head_dim,
  gateUp: config.hidden_size,
  down: config.intermediate_size,
});

/** Every tensor with its path, in a fixed order. */
export function namedTensors(weights: Weights): [name: string, tensor: tf.Tensor][] {
  const layers = weights.layers.flatMap((layer, l) => Object.entries(layer).map(([name, tensor]) => [`layers.${l}.${name}`, tensor] as [string, tf.Tensor]));
  return [["embed", weights.embed], ...layers, ["norm", weights.norm]];
}

/** Same structure, every tensor replaced. The caller owns the results. */
export function mapWeights(weights: Weights, replace: (tensor: tf.Tensor, name: string) => tf.Tensor): Weights {
  const replaced = Object.fromEntries(namedTensors(weights).map(([name, tensor]) => [name, replace(tensor, name)]));
  return {
    embed: replaced.embed as tf.Tensor2D,
    layers: weights.layers.map((layer, l) => Object.fromEntries(Object.keys(layer).map((name) => [name, replaced[`layers.${l}.${name}`]])) as Layer),
    norm: replaced.norm as tf.Tensor1D,
  };
}

/** A trainable variable that starts as `tensor`. Takes ownership of it: tf.variable makes a copy, and would leak it. */
export function variableFrom<R extends tf.Rank>(tensor: tf.Tensor<R>): tf.Variable<R> {
  const variable = tf.variable(tensor, true);
  tensor.dispose();
  return variable;
}

/** As trainable variables. Takes ownership of `weights`. */
export const trainable = (weights: Weights): Weights => mapWeights(weights, variableFrom);

/** A frozen copy, unaffected by later training. The caller owns it. */
export const frozen = (weights: Weights): Weights => mapWeights(weights, (tensor) => tf.tensor(tensor.dataSync().slice(), tensor.shape));

export const variablesOf = (weights: Weights): tf.Variable[] => namedTensors(weights).map(([, tensor]) => tensor as tf.Variable);

/** Random initial weights: normal, 0.04 (residual writers divided by √2L, GPT-2's rule), 0.02 for the embedding. */
export function initialWeights(config: DecoderConfig, rng: Random): Weights {
  const { vocab_size: V, hidden_size: C, num_hidden_layers: L } = config;
  const residual = 0.04 / Math.sqrt(2 * L);
  const normal = (name: string, rows: number, columns: number, deviation: number) => {
    const stream = rng.fork(name);
    const draw = () => Math.sqrt(-2 * Math.log(1 - stream.next())) * Math.cos(2 * Math.PI * stream.next()) * deviation;
    return tf.tensor2d(Float32Array.from({ length: rows * columns }, draw), [rows, columns]);
  };
  const rows = inputs(config);
  const layer = (l: number): Layer => {
    const tensor = (name: keyof Layer) => {
      const columns = parts(config)[name].reduce((sum, [, width]) => sum + width, 0);
      if (name === "qkvBias") return tf.zeros([columns]);
      if (rows[name] === undefined) return tf.ones([columns]);
      return normal(`${l}.${name}`, rows[name]!, columns, name === "out" || name === "down" ? residual : 0.04);
    };
    return Object.fromEntries((Object.keys(parts(config)) as (keyof Layer)[]).map((name) => [name, tensor(name)])) as Layer;
  };
  return { embed: normal("embed", V, C, 0.02), layers: Array.from({ length: L }, (_, l) => layer(l)), norm: tf.ones([C]) as tf.Tensor1D };
}

/** As Hugging Face names and shapes them: linear weights [out, in], projections apart. */
export function toArrays(weights: Weights, config: DecoderConfig): Record<string, NamedArray> {
  const arrays: Record<string, NamedArray> = {};
  const whole = (tensor: tf.Tensor): NamedArray => ({ shape: tensor.shape, data: tensor.dataSync() as Float32Array });
  arrays["model.embed_tokens.weight"] = whole(weights.embed);
  weights.layers.forEach((layer, l) => {
    for (const [name, tensor] of Object.entries(layer) as [keyof Layer, tf.Tensor][]) {
      const data = tensor.dataSync() as Float32Array;
      const [rows, columns] = tensor.shape.length === 2 ? (tensor.shape as [number, number]) : [0, tensor.shape[0]!];
      let from = 0;
      for (const [part, width] of parts(config)[name]) {
        const shape = rows ? [width, rows] : [width];
        const own = new Float32Array(width * (rows || 1));
        for (let j = 0; j < width; j++) {
          if (!rows) own[j] = data[from + j]!;
          else for (let i = 0; i < rows; i++) own[j * rows + i] = data[i * columns + from + j]!;
        }
        arrays[`model.layers.${l}.${part}`] = { shape, data: own };
        from += width;
      }
    }
  });
  arrays["model.norm.weight"] = whole(weights.norm);
  return arrays;
}

/** The inverse of toArrays. Throws CorruptData naming a missing or misshapen array. The caller owns the tensors. */
export function fromArrays(file: string, arrays: Readonly<Record<string, NamedArray>>, config: DecoderConfig): Weights {
  const find = (name: string, shape: readonly number[]): Float32Array => {
    const array = arrays[name];
    if (!array) throw new CorruptData(file, `${name} is missing`, `config.json promises ${config.num_hidden_layers} layers: is this the file that belongs to it?`);
    if (String(array.shape) !== String(shape)) throw new CorruptData(file, `${name} is [${array.shape}]; config.json promises [${shape}]`, "Use the config.json saved with these weights.");
    return array.data;
  };
  const { vocab_size: V, hidden_size: C } = config;
  const rowsOf = inputs(config);
  const pack = (l: number, name: keyof Layer): tf.Tensor => {
    const own = parts(config)[name];
    const columns = own.reduce((sum, [, width]) => sum + width, 0);
    const rows = rowsOf[name];
    const data = new Float32Array((rows ?? 1) * columns);
    let from = 0;
    for (const [part, width] of own) {
      const source = find(`model.layers.${l}.${part}`, rows ? [width, rows] : [width]);
      for (let j = 0; j < width; j++) {
        if (!rows) data[from + j] = source[j]!;
        else for (let i = 0; i < rows; i++) data[i * columns + from + j] = source[j * rows + i]!;
      }
      from += width;
    }
    return tf.tensor(data, rows ? [rows, columns] : [columns]);
  };
  return tf.tidy(() => ({ // a tidy, so that what was packed before a bad array is freed
    embed: tf.tensor2d(find("model.embed_tokens.weight", [V, C]), [V, C]),
    layers: Array.from({ length: config.num_hidden_layers }, (_, l) => Object.fromEntries((Object.keys(parts(config)) as (keyof Layer)[]).map((name) => [name, pack(l, name)])) as Layer),
    norm: tf.tensor1d(find("model.norm.weight", [C])),
  }));
}

import { tf } from "../../backend/tf";
import { factorTensors, mapAdapter, type Adapter } from "./low-rank";

/**
 * The parameters of a decoder. Projections are packed and kept as [in, out], so that a layer is four
 * untransposed matrix products: the fastest form on every backend. A matrix that is frozen may be kept as bfloat16
 * (backend/bfloat16.ts): it is then int32, of half as many columns.
 * Axes: V vocabulary, C width, H query heads, K key/value heads, D per head, F feed-forward width.
 */
export type Weights = {
  embed: tf.Tensor2D; // [V, C]; also the output projection if `head` is absent
  head?: tf.Tensor2D; // [V, C]; present if output projection and embedding are not tied
  layers: Layer[];
  norm: tf.Tensor1D; // [C]
  adapter?: Adapter; // low-rank changes; the adapter has an owner of its own
};

/** The weights of one layer of a decoder. */
export type Layer = {
  norm1: tf.Tensor1D; // [C]
  qkv: tf.Tensor2D; // [C, (H + 2K)·D]
  qkvBias?: tf.Tensor1D; // [(H + 2K)·D], Qwen2's
  qNorm?: tf.Tensor1D; // [D], Qwen3's
  kNorm?: tf.Tensor1D; // [D], Qwen3's
  out: tf.Tensor2D; // [H·D, C]
  norm2: tf.Tensor1D; // [C]
  gateUp: tf.Tensor2D; // [C, 2F]
  down: tf.Tensor2D; // [F, C]
};

/** Every tensor with its path, in a fixed order. */
export function namedTensors(weights: Weights): [name: string, tensor: tf.Tensor][] {
  const layers = weights.layers.flatMap((layer, l) =>
    Object.entries(layer).map(([name, tensor]) => [`layers.${l}.${name}`, tensor] as [string, tf.Tensor]),
  );
  return [
    ["embed", weights.embed],
    ...layers,
    ["norm", weights.norm],
    ...(weights.head ? [["head", weights.head] as [string, tf.Tensor]] : []),
  ];
}

/** The same structure with every tensor replaced. The caller owns the results. */
export function mapWeights(weights: Weights, replace: (tensor: tf.Tensor, name: string) => tf.Tensor): Weights {
  const replaced = Object.fromEntries(namedTensors(weights).map(([name, tensor]) => [name, replace(tensor, name)]));
  return {
    embed: replaced.embed as tf.Tensor2D,
    layers: weights.layers.map(
      (layer, l) =>
        Object.fromEntries(Object.keys(layer).map((name) => [name, replaced[`layers.${l}.${name}`]])) as Layer,
    ),
    norm: replaced.norm as tf.Tensor1D,
    ...(weights.head && { head: replaced.head as tf.Tensor2D }),
  };
}

/** A trainable variable that starts as `tensor`. Takes ownership of it: tf.variable makes a copy, and would leak it. */
export function variableFrom<R extends tf.Rank>(tensor: tf.Tensor<R>): tf.Variable<R> {
  const variable = tf.variable(tensor, true);
  tensor.dispose();
  return variable;
}

/** Makes trainable variables of the weights. Takes ownership of `weights`. */
export const trainable = (weights: Weights): Weights => mapWeights(weights, variableFrom);

/** Every tensor, those of an adapter included. The owner of the weights disposes of these. */
export const tensorsOf = (weights: Weights): tf.Tensor[] => [
  ...namedTensors(weights).map(([, tensor]) => tensor),
  ...(weights.adapter ? factorTensors(weights.adapter) : []),
];

/** Whether training changes the tensor. */
export const isVariable = (tensor: tf.Tensor): tensor is tf.Variable => "trainable" in tensor;

/** The tensors that training changes. */
export const variablesOf = (weights: Weights): tf.Variable[] => tensorsOf(weights).filter(isVariable);

/** The tensors of a layer that training changes. */
export const layerVariables = ({ layers, adapter }: Weights, l: number): tf.Variable[] =>
  [
    ...Object.values(layers[l]!),
    ...(adapter ? factorTensors({ ...adapter, layers: [adapter.layers[l]!] }) : []),
  ].filter(isVariable);

/**
 * A frozen copy: plain tensors without an adapter, which later training does not change. It takes no memory until
 * training makes new numbers, because tfjs counts references to data. The caller owns the tensors.
 */
export const frozen = (weights: Weights): Weights => mapWeights(weights, (tensor) => tf.clone(tensor));

/** A copy of which the same tensors are trainable, with a copy of the adapter. The caller owns the tensors. */
export function snapshot(weights: Weights): Weights {
  const copy = (tensor: tf.Tensor) =>
    isVariable(tensor) ? variableFrom(tf.clone(tensor as tf.Tensor)) : tf.clone(tensor);
  return { ...mapWeights(weights, copy), ...(weights.adapter && { adapter: mapAdapter(weights.adapter, copy) }) };
}

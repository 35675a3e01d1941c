import { CorruptData } from "../../core/errors";
import { readArray, type ArraySource } from "../checkpoints/array-source";
import { tf } from "../../backend/tf";
import type { EncoderConfig } from "./config";

/**
 * The parameters of an encoder. Projections are kept as [in, out], those of queries, keys and values packed.
 * Axes: V vocabulary, M positions, C width, F feed-forward width.
 */
export type EncoderWeights = {
  words: tf.Tensor2D; // [V, C]
  positions: tf.Tensor2D; // [M, C]
  type: tf.Tensor1D; // [C] of the first segment, the only one
  normWeight: tf.Tensor1D; // [C]
  normBias: tf.Tensor1D; // [C]
  layers: EncoderLayer[];
};

export type EncoderLayer = {
  qkv: tf.Tensor2D; // [C, 3C]
  qkvBias: tf.Tensor1D; // [3C]
  out: tf.Tensor2D; // [C, C]
  outBias: tf.Tensor1D;
  norm1Weight: tf.Tensor1D;
  norm1Bias: tf.Tensor1D;
  up: tf.Tensor2D; // [C, F]
  upBias: tf.Tensor1D; // [F]
  down: tf.Tensor2D; // [F, C]
  downBias: tf.Tensor1D;
  norm2Weight: tf.Tensor1D;
  norm2Bias: tf.Tensor1D;
};

/** Prefixes of array names in a checkpoint: of a bare encoder, or of an encoder inside a larger model. */
const prefixes = ["", "bert.", "roberta.", "model."];

/**
 * Reads the arrays of an encoder as Hugging Face names and shapes them. Throws CorruptData naming one that is missing
 * or misshapen. The caller owns the tensors.
 */
export function readEncoderWeights(source: ArraySource, config: EncoderConfig): EncoderWeights {
  const {
    vocab_size: V,
    hidden_size: C,
    intermediate_size: F,
    max_position_embeddings: M,
    type_vocab_size: S,
    num_hidden_layers: L,
  } = config;
  const marker = "embeddings.word_embeddings.weight";
  const prefix = prefixes.find((prefix) => source.shapeOf(prefix + marker));
  if (prefix === undefined)
    throw new CorruptData(source.file, `${marker} is missing`, "Is this a BERT or RoBERTa encoder?");
  const array = (name: string, shape: readonly number[]): Float32Array => {
    const found = source.shapeOf(prefix + name);
    if (!found)
      throw new CorruptData(
        source.file,
        `${prefix}${name} is missing`,
        `config.json promises ${L} layers: is this the file that belongs to it?`,
      );
    if (String(found) !== String(shape))
      throw new CorruptData(
        source.file,
        `${prefix}${name} is [${found}]; config.json promises [${shape}]`,
        "Use the config.json saved with these weights.",
      );
    return readArray(source, prefix + name).data;
  };
  const vector = (name: string, width: number) => tf.tensor1d(array(name, [width]), "float32");
  const matrix = (name: string, rows: number, columns: number) =>
    tf.tensor2d(array(name, [rows, columns]), [rows, columns], "float32");
  const linear = (name: string, from: number, to: number) =>
    matrix(`${name}.weight`, to, from).transpose() as tf.Tensor2D;
  const layer = (l: number): EncoderLayer => {
    const at = `encoder.layer.${l}`;
    const attention = ["query", "key", "value"].map((name) => `${at}.attention.self.${name}`);
    return {
      qkv: tf.concat(
        attention.map((name) => linear(name, C, C)),
        1,
      ),
      qkvBias: tf.concat(attention.map((name) => vector(`${name}.bias`, C))),
      out: linear(`${at}.attention.output.dense`, C, C),
      outBias: vector(`${at}.attention.output.dense.bias`, C),
      norm1Weight: vector(`${at}.attention.output.LayerNorm.weight`, C),
      norm1Bias: vector(`${at}.attention.output.LayerNorm.bias`, C),
      up: linear(`${at}.intermediate.dense`, C, F),
      upBias: vector(`${at}.intermediate.dense.bias`, F),
      down: linear(`${at}.output.dense`, F, C),
      downBias: vector(`${at}.output.dense.bias`, C),
      norm2Weight: vector(`${at}.output.LayerNorm.weight`, C),
      norm2Bias: vector(`${at}.output.LayerNorm.bias`, C),
    };
  };
  return tf.tidy(() => ({
    // the tidy frees the tensors that were read before a bad array
    words: matrix(marker, V, C),
    positions: matrix("embeddings.position_embeddings.weight", M, C),
    type: tf.slice(matrix("embeddings.token_type_embeddings.weight", S, C), [0, 0], [1, C]).reshape([C]) as tf.Tensor1D,
    normWeight: vector("embeddings.LayerNorm.weight", C),
    normBias: vector("embeddings.LayerNorm.bias", C),
    layers: Array.from({ length: L }, (_, l) => tf.tidy(() => layer(l))),
  }));
}

import { tf } from "../../backend/tf";
import type { Random } from "../../core/random";
import type { DecoderConfig } from "./config";
import { inputsOf, partsOf } from "./layout";
import type { Layer, Weights } from "./weights";

/** Random initial weights: normal, 0.04 (residual writers divided by √2L, GPT-2's rule), 0.02 for the embedding. */
export function initialWeights(config: DecoderConfig, rng: Random): Weights {
  const { vocab_size: V, hidden_size: C, num_hidden_layers: L } = config;
  const residual = 0.04 / Math.sqrt(2 * L);
  const normal = (name: string, rows: number, columns: number, deviation: number) => {
    const stream = rng.fork(name);
    const draw = () => Math.sqrt(-2 * Math.log(1 - stream.next())) * Math.cos(2 * Math.PI * stream.next()) * deviation;
    return tf.tensor2d(Float32Array.from({ length: rows * columns }, draw), [rows, columns]);
  };
  const rows = inputsOf(config);
  const layer = (l: number): Layer => {
    const tensor = (name: keyof Layer, columns: number) => {
      if (name === "qkvBias") return tf.zeros([columns]);
      if (rows[name] === undefined) return tf.ones([columns]);
      return normal(`${l}.${name}`, rows[name]!, columns, name === "out" || name === "down" ? residual : 0.04);
    };
    return Object.fromEntries(
      partsOf(config).map(([name, parts]) => [
        name,
        tensor(
          name,
          parts.reduce((sum, [, width]) => sum + width, 0),
        ),
      ]),
    ) as Layer;
  };
  return {
    embed: normal("embed", V, C, 0.02),
    layers: Array.from({ length: L }, (_, l) => layer(l)),
    norm: tf.ones([C]) as tf.Tensor1D,
    ...(config.tie_word_embeddings === false && { head: normal("head", V, C, 0.02) }),
  };
}

import { hasDecoderOperations, loadGraph, type Graph } from "./backend/graph";
import { tf } from "./backend/tf";
import type { DecoderConfig } from "./config";
import { decodeStep } from "./decode-step";
import { eagerDecoding, type Decoding } from "./decoding";
import { withRoom } from "./kv-cache";
import { isHalf } from "./product";
import type { RotaryTables } from "./rope";
import { namedTensors, type Layer, type Weights } from "./weights";

/** Decoding by a graph where the backend and the weights allow it, else one operation after the other. Borrows weights and tables. */
export const decodingOf = (weights: Weights, config: DecoderConfig, rope: RotaryTables): Decoding =>
  !weights.adapter && !namedTensors(weights).some(([, tensor]) => isHalf(tensor)) && hasDecoderOperations() ? graphDecoding(weights, config, rope) : eagerDecoding(weights, config, rope);

/** Graphs of one new token, by the architecture they are for: a process loads each once. */
const graphs = new Map<string, Graph>();

/**
 * Prompts one operation after the other: those are large. New tokens by a graph, with caches that have room for more
 * tokens than they hold, so that a step writes the newest only.
 */
export function graphDecoding(weights: Weights, config: DecoderConfig, rope: RotaryTables): Decoding {
  const graph = graphFor(config, Object.keys(weights.layers[0] ?? {}) as (keyof Layer)[]);
  const tensors = Object.fromEntries(namedTensors(weights)); // variables among them: each run takes the value they have then
  return {
    prefill: eagerDecoding(weights, config, rope).prefill,
    next(tokens, position, padding, caches) {
      for (const [l, cache] of caches.entries()) caches[l] = withRoom(cache, position);
      const own = Object.fromEntries(caches.flatMap(({ keys, values }, l) => [[`keys.${l}`, keys], [`values.${l}`, values]]));
      const { cos, sin } = rope.first(position - Math.min(...padding) + 1);
      const [logits] = graph.run({ ...tensors, ...own, cos, sin, position, padding: Int32Array.from(padding), ids: Int32Array.from(tokens) }, ["logits"]);
      return logits as tf.Tensor2D;
    },
  };
}

function graphFor(config: DecoderConfig, parts: readonly (keyof Layer)[]): Graph {
  const { num_hidden_layers, num_attention_heads, rms_norm_eps, tie_word_embeddings } = config;
  const key = JSON.stringify([num_hidden_layers, num_attention_heads, rms_norm_eps, tie_word_embeddings, parts]);
  const graph = graphs.get(key) ?? loadGraph(decodeStep(config, parts));
  graphs.set(key, graph);
  return graph;
}

import { ownOperations } from "./backend/own-operations";
import { loadGraph, type Graph } from "./backend/graph";
import { tf } from "./backend/tf";
import type { DecoderConfig } from "./config";
import { decodeStep, type StepParts } from "./decode-step";
import { eagerDecoding, type Decoding } from "./decoding";
import { withRoom } from "./kv-cache";
import { scaleOf } from "./lora-config";
import type { Projection } from "./low-rank";
import { isHalf } from "./product";
import type { RotaryTables } from "./rope";
import { namedTensors, type Layer, type Weights } from "./weights";

/** Decoding by a graph where the backend allows it, else one operation after the other. Borrows weights and tables. */
export const decodingOf = (weights: Weights, config: DecoderConfig, rope: RotaryTables): Decoding =>
  ownOperations() ? graphDecoding(weights, config, rope) : eagerDecoding(weights, config, rope);

/** Graphs of one new token, by the architecture they are for: a process loads each once. */
const graphs = new Map<string, Graph>();

/**
 * Prompts one operation after the other: those are large. New tokens by a graph, with caches that have room for more
 * tokens than they hold, so that a step writes the newest only.
 */
export function graphDecoding(weights: Weights, config: DecoderConfig, rope: RotaryTables): Decoding {
  const { adapter } = weights;
  const graph = graphFor(config, {
    layer: Object.keys(weights.layers[0] ?? {}) as (keyof Layer)[],
    half: namedTensors(weights).flatMap(([name, tensor]) => (isHalf(tensor) ? name : [])),
    adapted: Object.keys(adapter?.layers[0] ?? {}) as Projection[],
    scale: adapter ? scaleOf(adapter.lora) : 1,
  });
  const factors = (adapter?.layers ?? []).flatMap((layer, l) => Object.entries(layer).flatMap(([name, { a, b }]) => [[`layers.${l}.${name}.a`, a], [`layers.${l}.${name}.b`, b]] as const));
  const tensors = Object.fromEntries([...namedTensors(weights), ...factors]); // variables among them: each run takes the value they have then
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

function graphFor(config: DecoderConfig, parts: StepParts): Graph {
  const key = JSON.stringify([config, parts]);
  const graph = graphs.get(key) ?? loadGraph(decodeStep(config, parts));
  graphs.set(key, graph);
  return graph;
}

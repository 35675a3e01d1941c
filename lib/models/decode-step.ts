import type { Attribute, GraphNode } from "./backend/graph";
import type { DecoderConfig } from "./config";
import type { Layer } from "./weights";

const float = { type: "float32" } as const;
const int = { type: "int32" } as const;

/**
 * One new token a row as a graph of TensorFlow: what nextHidden and logitsOf compute, in eight operations a layer. Norms,
 * the gate and attention are ours (backend/decoder-ops.cc), the products TensorFlow's.
 *
 * Placeholders: the weights by the names of namedTensors; `ids` [B], `padding` [B] and `position` [], int32, as in
 * Decoding.next; `cos` and `sin` [positions, D]; `keys.l` and `values.l` [B, K, capacity, D] of each layer l, which get the new
 * token's in column `position`. Output: `logits` [B, V].
 *
 * @param parts of each layer
 */
export function decodeStep(config: DecoderConfig, parts: readonly (keyof Layer)[]): GraphNode[] {
  const nodes: GraphNode[] = [];
  const add = (op: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>, name = `node${nodes.length}`): string => {
    nodes.push({ name, op, inputs, attributes });
    return name;
  };
  const feed = (name: string, dtype: Attribute = float): string => add("Placeholder", [], { dtype }, name);
  const product = (x: string, matrix: string, transposed = false): string => {
    const attributes = { T: float, transpose_a: false, transpose_b: transposed };
    return process.arch === "x64" ? add("_MklMatMul", [x, matrix], { ...attributes, _kernel: { text: "MklNameChangeOp" } }) : add("MatMul", [x, matrix], attributes); // oneDNN's, as in native-matmul.ts
  };
  const epsilon = { float: config.rms_norm_eps };
  const position = [feed("padding", int), feed("position", int), feed("cos"), feed("sin")];
  const none = add("Const", [], { dtype: float, value: { constant: { of: "float32", shape: [0], values: [] } } });
  const rows = add("Const", [], { dtype: int, value: { constant: { of: "int32", shape: [], values: [0] } } }); // the axis to gather along
  const embed = feed("embed");
  let x = add("GatherV2", [embed, feed("ids", int), rows], { Tparams: float, Tindices: int, Taxis: int, batch_dims: { int: 0 } });
  let change: string | undefined; // what the last half of a layer adds to x
  const norm = (weight: string): string => {
    if (!change) return add("DecoderNorm", [x, weight], { epsilon });
    x = add("DecoderAddNorm", [x, change, weight], { epsilon });
    return `${x}:1`;
  };
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const layer = Object.fromEntries(parts.map((part) => [part, feed(`layers.${l}.${part}`)])) as Record<keyof Layer, string>;
    const unbiased = product(norm(layer.norm1), layer.qkv);
    const qkv = layer.qkvBias ? add("BiasAdd", [unbiased, layer.qkvBias], { T: float, data_format: { text: "NHWC" } }) : unbiased;
    const attended = add("DecoderAttention", [qkv, feed(`keys.${l}`), feed(`values.${l}`), ...position, layer.qNorm ?? none, layer.kNorm ?? none], { heads: { int: config.num_attention_heads }, epsilon });
    change = product(attended, layer.out);
    change = product(add("DecoderGate", [product(norm(layer.norm2), layer.gateUp)]), layer.down);
  }
  const logits = product(norm(feed("norm")), config.tie_word_embeddings === false ? feed("head") : embed, true);
  add("Identity", [logits], { T: float }, "logits");
  return nodes;
}

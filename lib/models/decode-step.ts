import type { Attribute, GraphNode } from "./backend/graph";
import type { DecoderConfig } from "./config";
import { piecesOf } from "./product";
import type { Projection } from "./low-rank";
import type { Layer } from "./weights";

const float = { type: "float32" } as const;
const int = { type: "int32" } as const;
const bfloat16 = { type: "bfloat16" } as const;

/** What a graph is made for, besides a config. */
export interface StepParts {
  readonly layer: readonly (keyof Layer)[]; // what a layer has
  readonly half: readonly string[]; // names of matrices that are kept as bfloat16
  readonly adapted: readonly Projection[]; // matrices of a layer with low-rank factors
  readonly scale: number; // of their changes
}

/**
 * One new token a row as a graph of TensorFlow: what nextHidden and logitsOf compute, in eight operations a layer. Norms,
 * the gate and attention are ours (backend/decoder-ops.cc), the products TensorFlow's.
 *
 * Placeholders: the weights by the names of namedTensors, with low-rank factors as "layers.0.qkv.a" and ".b"; `ids` [B], `padding` [B] and `position` [], int32, as in
 * Decoding.next; `cos` and `sin` [positions, D]; `keys.l` and `values.l` [B, K, capacity, D] of each layer l, which get the new
 * token's in column `position`. Output: `logits` [B, V].
 */
export function decodeStep(config: DecoderConfig, { layer: parts, half, adapted, scale }: StepParts): GraphNode[] {
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
  const whole = (values: readonly number[], shape: readonly number[] = [values.length]) => add("Const", [], { dtype: int, value: { constant: { of: "int32", shape, values } } });
  const widened = (pairs: string, columns: number): string => {
    const numbers = add("Reshape", [add("Bitcast", [pairs], { T: int, type: bfloat16 }), whole([-1, columns])], { T: bfloat16, Tshape: int });
    return add("Cast", [numbers], { SrcT: bfloat16, DstT: float, Truncate: false });
  };
  const { hidden_size: C, vocab_size: V, num_attention_heads: H, num_key_value_heads: K, head_dim: D, intermediate_size: F } = config;
  const columns: Record<Projection, number> = { qkv: (H + 2 * K) * D, out: C, gateUp: 2 * F, down: C };
  const factor = add("Const", [], { dtype: float, value: { constant: { of: "float32", shape: [], values: [scale] } } });
  /** x·W of a layer's matrix, and what its low-rank factors add. */
  const projected = (x: string, l: number, name: Projection, fed: string): string => {
    const plain = product(x, half.includes(fed) ? widened(fed, columns[name]) : fed);
    if (!adapted.includes(name)) return plain;
    const [a, b] = ["a", "b"].map((part) => feed(`layers.${l}.${name}.${part}`)) as [string, string];
    return add("AddV2", [plain, product(add("Mul", [product(x, a), factor], { T: float }), b)], { T: float });
  };
  /** Logits of normed states: of a head that is kept as bfloat16, some of the vocabulary at a time. */
  const scored = (x: string, head: string): string => {
    if (!half.includes(head)) return product(x, head, true);
    const slices = piecesOf(V, C).map(({ from, length }) => product(x, widened(add("Slice", [head, whole([from, 0]), whole([length, -1])], { T: int, Index: int }), C), true));
    return slices.length === 1 ? slices[0]! : add("ConcatV2", [...slices, whole([1], [])], { N: { int: slices.length }, T: float, Tidx: int });
  };
  const epsilon = { float: config.rms_norm_eps };
  const position = [feed("padding", int), feed("position", int), feed("cos"), feed("sin")];
  const none = add("Const", [], { dtype: float, value: { constant: { of: "float32", shape: [0], values: [] } } });
  const matrix = (name: string): string => feed(name, half.includes(name) ? int : float);
  const embed = matrix("embed");
  const embedded = add("GatherV2", [embed, feed("ids", int), whole([0], [])], { Tparams: half.includes("embed") ? int : float, Tindices: int, Taxis: int, batch_dims: { int: 0 } });
  let x = half.includes("embed") ? widened(embedded, C) : embedded;
  let change: string | undefined; // what the last half of a layer adds to x
  const norm = (weight: string): string => {
    if (!change) return add("DecoderNorm", [x, weight], { epsilon });
    x = add("DecoderAddNorm", [x, change, weight], { epsilon });
    return `${x}:1`;
  };
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const layer = Object.fromEntries(parts.map((part) => [part, matrix(`layers.${l}.${part}`)])) as Record<keyof Layer, string>;
    const unbiased = projected(norm(layer.norm1), l, "qkv", layer.qkv);
    const qkv = layer.qkvBias ? add("BiasAdd", [unbiased, layer.qkvBias], { T: float, data_format: { text: "NHWC" } }) : unbiased;
    const attended = add("DecoderAttention", [qkv, feed(`keys.${l}`), feed(`values.${l}`), ...position, layer.qNorm ?? none, layer.kNorm ?? none], { heads: { int: config.num_attention_heads }, epsilon });
    change = projected(attended, l, "out", layer.out);
    change = projected(add("DecoderGate", [projected(norm(layer.norm2), l, "gateUp", layer.gateUp)]), l, "down", layer.down);
  }
  const logits = scored(norm(feed("norm")), config.tie_word_embeddings === false ? matrix("head") : embed);
  add("Identity", [logits], { T: float }, "logits");
  return nodes;
}

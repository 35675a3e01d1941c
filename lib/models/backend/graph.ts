import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeBackend } from "./native-binding";
import { tf } from "./tf";

/** A value of a node: a truth value, or of the kind that TensorFlow's attribute has. */
export type Attribute =
  | boolean
  | { readonly type: DType }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly constant: { readonly of: DType; readonly shape: readonly number[]; readonly values: readonly number[] } };
type DType = keyof typeof types;

/** One operation of TensorFlow. An input is a node's name, or "name:1" for its second output. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A loaded graph: all of it runs in one call, where operations one by one take some 25 µs each to get there. */
export interface Graph {
  /**
   * Computes `outputs` from the values of placeholders. Tensors are shared, not copied: an operation that writes into its
   * input changes the caller's tensor. Vectors and scalars of integers may be given as they are. The caller owns the results.
   */
  run(feeds: Readonly<Record<string, tf.Tensor | Int32Array | number>>, outputs: readonly string[]): tf.Tensor[];
  dispose(): void;
}

/** TensorFlow's numbers for types. */
const types = { float32: 1, int32: 3, bfloat16: 14 } as const;

/** Loads a graph into native TensorFlow. Throws Error if it has no such operation. The caller disposes of it. */
export function loadGraph(nodes: readonly GraphNode[]): Graph {
  const backend = tf.backend() as unknown as GraphBackend;
  const { binding } = backend;
  const folder = mkdtempSync(join(tmpdir(), "deepretrieval-graph-")); // TensorFlow takes a graph from a file only
  let session: number;
  try {
    writeFileSync(join(folder, "saved_model.pb"), savedModel(nodes));
    session = binding.loadSavedModel(folder, tag);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return {
    run(feeds, outputs) {
      const own: number[] = [];
      const integers = (value: Int32Array | number): number => {
        const id = binding.createTensor(typeof value === "number" ? [] : [value.length], types.int32, typeof value === "number" ? Int32Array.of(value) : value);
        own.push(id);
        return id;
      };
      try {
        const ids = Object.values(feeds).map((value) => (value instanceof tf.Tensor ? backend.getInputTensorIds([value])[0]! : integers(value)));
        return binding.runSavedModel(session, ids, Object.keys(feeds).join(","), outputs.join(",")).map((made) => backend.createOutputTensor(made));
      } finally {
        own.forEach((id) => binding.deleteTensor(id));
      }
    },
    dispose: () => binding.deleteSavedModel(session),
  };
}

const tag = "serve";

/** The file of a SavedModel that has no variables and no signatures: its graph. */
function savedModel(nodes: readonly GraphNode[]): Uint8Array {
  const proto = require("@tensorflow/tfjs-node-gpu/dist/proto/api_pb") as Protocol;
  const made = nodes.map(({ name, op, inputs, attributes = {} }) => {
    const node = message(proto.NodeDef, { Name: name, Op: op, InputList: [...inputs] });
    for (const [key, value] of Object.entries(attributes)) node.getAttrMap().set(key, attributeOf(proto, value));
    return node;
  });
  const graph = message(proto.MetaGraphDef, { MetaInfoDef: message(proto.MetaGraphDef.MetaInfoDef, { TagsList: [tag] }), GraphDef: message(proto.GraphDef, { NodeList: made }) });
  return message(proto.SavedModel, { SavedModelSchemaVersion: 1, MetaGraphsList: [graph] }).serializeBinary();
}

function attributeOf(proto: Protocol, value: Attribute): Message {
  if (typeof value === "boolean") return message(proto.AttrValue, { B: value });
  if ("type" in value) return message(proto.AttrValue, { Type: types[value.type] });
  if ("int" in value) return message(proto.AttrValue, { I: value.int });
  if ("float" in value) return message(proto.AttrValue, { F: value.float });
  if ("text" in value) return message(proto.AttrValue, { S: Buffer.from(value.text) });
  const { shape, values, of } = value.constant;
  const sizes = message(proto.TensorShape, { DimList: shape.map((size) => message(proto.TensorShape.Dim, { Size: size })) });
  return message(proto.AttrValue, { Tensor: message(proto.Tensor, { Dtype: types[of], TensorShape: sizes, [of === "int32" ? "IntValList" : "FloatValList"]: [...values] }) });
}

/** A message with these fields: each has a setter. */
function message(type: MessageType, fields: Readonly<Record<string, unknown>>): Message {
  const made = new type();
  for (const [name, value] of Object.entries(fields)) (made as unknown as Record<string, (value: unknown) => void>)[`set${name}`]!(value);
  return made;
}

/** The part of the addon's backend that runs graphs. */
interface GraphBackend extends NativeBackend {
  readonly binding: NativeBackend["binding"] & {
    loadSavedModel(folder: string, tags: string): number;
    runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorMetadata[];
    deleteSavedModel(session: number): void;
    createTensor(shape: readonly number[], type: number, values: Int32Array): number;
  };
}
type TensorMetadata = { readonly id: number; readonly shape: number[]; readonly dtype: number };

/** Messages of the package's protocol buffers. */
type Message = { getAttrMap(): { set(key: string, value: Message): void }; serializeBinary(): Uint8Array };
type MessageType = new () => Message;
type Protocol = Readonly<Record<"SavedModel" | "GraphDef" | "NodeDef" | "AttrValue" | "Tensor", MessageType>> & {
  readonly MetaGraphDef: MessageType & { readonly MetaInfoDef: MessageType };
  readonly TensorShape: MessageType & { readonly Dim: MessageType };
};

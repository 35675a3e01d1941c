// protobufjs, since it reads its messages from a table of fields at run time: no generated code and no compiler of
// .proto files in the build. It is maintained and is what most of Node speaks protobuf with.
import { Root, type Type } from "protobufjs/light";
import { fromBfloat16, fromBytes, toBytes } from "./little-endian";
import { protoFields } from "./proto-fields";
import type { Datum, Pass, PassResult, SampleResult } from "./records";

export const protobufType = "application/x-protobuf";

let root: Root | undefined;
const message = (name: string): Type => (root ??= Root.fromJSON(protoFields)).lookupType(name);

const tensor = (dtype: "DTYPE_FLOAT32" | "DTYPE_INT64", numbers: readonly number[]) => ({
  dense: toBytes(dtype === "DTYPE_INT64" ? "int64" : "float32", numbers),
  dtype: dtype === "DTYPE_INT64" ? 2 : 1,
  shape: [numbers.length],
});

const datumOf = ({ tokens, targets, weights, logprobs, advantages }: Datum) => ({
  model_input: [{ encoded_text: { tokens: toBytes("int32", tokens) } }],
  loss_fn_inputs: {
    target_tokens: tensor("DTYPE_INT64", targets),
    ...(weights && { weights: tensor("DTYPE_FLOAT32", weights) }),
    ...(logprobs && { logprobs: tensor("DTYPE_FLOAT32", logprobs) }),
    ...(advantages && { advantages: tensor("DTYPE_FLOAT32", advantages) }),
  },
});

/** A pass as the body of POST forward_backward. */
export function encodePass({ modelId, seqId, data, loss, config, forwardOnly }: Pass): Uint8Array {
  const type = message("ForwardBackwardRequest");
  return type
    .encode(
      type.create({
        model_id: modelId,
        seq_id: seqId,
        data: data.map(datumOf),
        loss_fn: loss,
        ...(config && { loss_fn_config: config }),
        ...(forwardOnly && { forward_only: true }),
      }),
    )
    .finish();
}

/** A tensor of several datums as it was sent. */
interface WireBatch {
  readonly data: Uint8Array;
  readonly offsets: Uint8Array;
  readonly dtype: string;
}

/** Numbers of each datum. Throws RangeError for a number format that no result has. */
function perDatum({ data, offsets, dtype }: WireBatch): number[][] {
  const readers: Readonly<Record<string, (bytes: Uint8Array) => number[]>> = {
    DTYPE_FLOAT32: (bytes) => fromBytes("float32", bytes),
    DTYPE_INT64: (bytes) => fromBytes("int64", bytes),
    DTYPE_INT32: (bytes) => fromBytes("int32", bytes),
    DTYPE_BFLOAT16: fromBfloat16,
  };
  const read = readers[dtype];
  if (!read) throw new RangeError(`tinker: a tensor of the reply has the number format ${dtype}, which is not known.`);
  const ends = fromBytes("int64", offsets);
  return ends.slice(1).map((end, i) => read(data.subarray(ends[i]!, end)));
}

const plain = { enums: String, longs: Number, defaults: true, objects: true, arrays: true } as const;

/** The result of forward_backward. Throws where the bytes are none. */
export function decodePass(bytes: Uint8Array): PassResult {
  const type = message("ForwardBackwardOutput");
  const { loss_fn_outputs, metrics } = type.toObject(type.decode(bytes), plain) as {
    loss_fn_outputs: { fields: Record<string, WireBatch> }[];
    metrics: Record<string, number>;
  };
  const rows = (name: string): number[][] =>
    loss_fn_outputs.flatMap(({ fields }) => (fields[name] ? perDatum(fields[name]!) : []));
  return { logprobs: rows("logprobs"), losses: rows("elementwise_loss"), metrics };
}

/** The result of asample. Throws where the bytes are none. */
export function decodeSamples(bytes: Uint8Array): SampleResult {
  const type = message("SampleResponse");
  const decoded = type.decode(bytes);
  const { sequences, prompt_logprobs } = type.toObject(decoded, plain) as {
    sequences: { stop_reason: string; tokens: Uint8Array; logprobs?: Uint8Array }[];
    prompt_logprobs?: Uint8Array;
  };
  return {
    sequences: sequences.map(({ stop_reason, tokens, logprobs }) => ({
      tokens: fromBytes("int32", tokens),
      logprobs: logprobs ? fromBytes("float32", logprobs) : [],
      stopped: stop_reason === "STOP_REASON_STOP",
    })),
    ...(prompt_logprobs?.length && { promptLogprobs: withoutFirst(fromBytes("float32", prompt_logprobs)) }),
  };
}

/** The hosted service has an entry for every prompt token, the first being none; JAX leaves the first out. */
export const withoutFirst = (logprobs: readonly (number | null)[]): number[] =>
  (logprobs[0] === null || Number.isNaN(logprobs[0]) ? logprobs.slice(1) : logprobs) as number[];

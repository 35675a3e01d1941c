/**
 * Messages of tinker_public.proto as SDK 0.25 and skyrl 0.4.0 send them, and the fields that SDK 0.38 added: field name
 * to type and number. Those of images, audio and provenance are left out, since nothing here sends them: a reader skips
 * fields that it does not know.
 */
const field = (type: string, id: number, more: object = {}) => ({ type, id, ...more });
const repeated = { rule: "repeated" };
/** A field that may be absent: a choice of one. */
const optional = (name: string) => ({ oneofs: { [`_${name}`]: { oneof: [name] } } });

export const protoFields = {
  edition: "proto3",
  nested: {
    StopReason: { values: { STOP_REASON_STOP: 0, STOP_REASON_LENGTH: 1 } },
    DType: {
      values: { DTYPE_UNSPECIFIED: 0, DTYPE_FLOAT32: 1, DTYPE_INT64: 2, DTYPE_INT32: 3, DTYPE_BFLOAT16: 4 },
    },
    Tensor: {
      oneofs: { encoding: { oneof: ["dense"] } },
      fields: { dense: field("bytes", 1), dtype: field("DType", 3), shape: field("int64", 4, repeated) },
    },
    BatchedTensor: {
      fields: {
        data: field("bytes", 1),
        offsets: field("bytes", 2), // int64, in bytes, one more than there are datums
        dtype: field("DType", 3),
        trailing_shape: field("int64", 4, repeated),
      },
    },
    ArrayRecord: {
      fields: {
        type_tag: field("string", 1),
        fields: { keyType: "string", ...field("BatchedTensor", 2) },
        num_datums: field("int64", 3),
      },
    },
    ForwardBackwardOutput: {
      fields: {
        loss_fn_output_type: field("string", 1),
        loss_fn_outputs: field("ArrayRecord", 2, repeated),
        metrics: { keyType: "string", ...field("double", 3) },
      },
    },
    EncodedTextChunk: { fields: { tokens: field("bytes", 1) } },
    Chunk: {
      oneofs: { chunk: { oneof: ["encoded_text"] } },
      fields: { encoded_text: field("EncodedTextChunk", 1) },
    },
    Datum: {
      fields: {
        model_input: field("Chunk", 1, repeated),
        loss_fn_inputs: { keyType: "string", ...field("Tensor", 2) },
      },
    },
    ForwardBackwardRequest: {
      fields: {
        model_id: field("string", 1),
        seq_id: field("int32", 2), // 0 is none
        data: field("Datum", 3, repeated),
        loss_fn: field("string", 4),
        loss_fn_config: { keyType: "string", ...field("double", 5) },
        forward_only: field("bool", 6),
      },
    },
    SampledSequence: {
      ...optional("logprobs"),
      fields: {
        stop_reason: field("StopReason", 1),
        tokens: field("bytes", 2), // int32
        logprobs: field("bytes", 3), // float32
      },
    },
    SampleResponse: {
      ...optional("prompt_logprobs"),
      fields: {
        sequences: field("SampledSequence", 1, repeated),
        prompt_logprobs: field("bytes", 2), // float32, NaN where there is none
      },
    },
  },
};

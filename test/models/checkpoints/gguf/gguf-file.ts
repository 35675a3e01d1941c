/** What a test puts into a GGUF file: numbers and lists of numbers become float32 or uint32, as their name says. */
export type GgufValue = string | number | boolean | readonly string[] | readonly number[];
export interface GgufTensor {
  readonly shape: readonly number[]; // in Hugging Face's order
  readonly type: number; // ggml_type
  readonly bytes: Uint8Array;
  readonly offset?: number; // another than its own, to make a bad file
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([count(bytes.length), bytes]);
};
const count = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};

/** Which metadata are float32; other numbers are uint32. */
const isFloat = (key: string) => /epsilon|freq_base|scores|factor|softcapping|_scale$/.test(key);

function valueOf(key: string, value: GgufValue): Buffer {
  if (typeof value === "string") return Buffer.concat([u32(8), text(value)]);
  if (typeof value === "boolean") return Buffer.concat([u32(7), Buffer.from([Number(value)])]);
  if (typeof value === "number")
    return isFloat(key) ? Buffer.concat([u32(6), f32(value)]) : Buffer.concat([u32(4), u32(value)]);
  const items = (value as readonly (string | number)[]).map((item) =>
    typeof item === "string" ? text(item) : isFloat(key) ? f32(item) : u32(item),
  );
  return Buffer.concat([
    u32(9),
    u32(typeof value[0] === "string" ? 8 : isFloat(key) ? 6 : 4),
    count(value.length),
    ...items,
  ]);
}

/** A GGUF file, version 3 (ggml/docs/gguf.md): head, then the tensors, each on 32 bytes. */
export function ggufFile(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: Readonly<Record<string, GgufTensor>>,
): Buffer {
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 31)]);
  let offset = 0;
  const infos = Object.entries(tensors).map(([name, { shape, type, bytes, offset: claimed = offset }]) => {
    const info = Buffer.concat([
      text(name),
      u32(shape.length),
      ...[...shape].reverse().map(count),
      u32(type),
      count(claimed),
    ]);
    offset += bytes.length + (-bytes.length & 31);
    return info;
  });
  const values = Object.entries(metadata).map(([key, value]) => Buffer.concat([text(key), valueOf(key, value)]));
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    count(infos.length),
    count(values.length),
    ...values,
    ...infos,
  ]);
  return Buffer.concat([padded(head), ...Object.values(tensors).map(({ bytes }) => padded(bytes))]);
}

export const float32Tensor = (shape: readonly number[], data: Float32Array): GgufTensor => ({
  shape,
  type: 0,
  bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

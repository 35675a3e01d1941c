/** Converts the number formats of checkpoints to float32, from little-endian bytes at any address. */
interface FloatFormat {
  readonly bytes: number; // of one number
  /** Fills `target` from the beginning of `bytes`. */
  widen(bytes: Uint8Array, target: Float32Array): void;
}

const float32: FloatFormat = {
  bytes: 4,
  widen: (bytes, target) =>
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes.subarray(0, target.byteLength)),
};

/** bfloat16: the upper half of a float32. */
const bfloat16: FloatFormat = {
  bytes: 2,
  widen(bytes, target) {
    const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
    for (let i = 0; i < bits.length; i++) bits[i] = ((bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) << 16) >>> 0;
  },
};

/** Every float16 as a float32: 5 bits of exponent, 10 of fraction. */
const halves: Float32Array = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const exponent = (bits >>> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  const sign = bits >>> 15 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
});

const float16: FloatFormat = {
  bytes: 2,
  widen(bytes, target) {
    for (let i = 0; i < target.length; i++) target[i] = halves[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
  },
};

/** The float16 at byte `at`. */
export const halfAt = (bytes: Uint8Array, at: number): number => halves[bytes[at]! | (bytes[at + 1]! << 8)]!;

const float64: FloatFormat = {
  bytes: 8,
  widen(bytes, target) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < target.length; i++) target[i] = view.getFloat64(8 * i, true);
  },
};

/** Number formats by their names in safetensors. */
export const floatFormats = { F32: float32, F16: float16, BF16: bfloat16, F64: float64 } as const;
export type FloatName = keyof typeof floatFormats;

/** Rounds float32 to bfloat16, to nearest even. Writes to the beginning of `target` if it is given. */
export function toBfloat16(data: Float32Array, target = new Uint16Array(data.length)): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bits.length; i++) target[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) >>> 16;
  return target.subarray(0, data.length);
}

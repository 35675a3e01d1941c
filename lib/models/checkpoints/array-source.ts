/** A named array, widened to float32. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Named arrays in memory or in files. An array is read when it is asked for, so that a model of many gigabytes can be
 * loaded one array at a time.
 */
export interface ArraySource {
  readonly file: string; // named in errors
  readonly names: readonly string[];
  /** Undefined if there is no such array. */
  shapeOf(name: string): readonly number[] | undefined;
  /**
   * Hands the numbers of an array to `take`, in order, widened to float32, a part at a time. `part` begins at the
   * flat index `from` and is valid during the call only. Throws CorruptData naming the array.
   */
  read(name: string, take: (part: Float32Array, from: number) => void): void;
  close(): void;
}

/** Numbers in a part: 1 MB of float32. A multiple of every block of a quantised format. */
export const partSize = 1 << 18;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Arrays that are in memory already. */
export const inMemory = (file: string, arrays: Readonly<Record<string, NamedArray>>): ArraySource => ({
  file,
  names: Object.keys(arrays),
  shapeOf: (name) => (Object.hasOwn(arrays, name) ? arrays[name]!.shape : undefined),
  read: (name, take) => take(arrays[name]!.data, 0),
  close: () => undefined,
});

/** One whole array. */
export function readArray(source: ArraySource, name: string): NamedArray {
  const shape = source.shapeOf(name)!;
  const data = new Float32Array(sizeOf(shape));
  source.read(name, (part, from) => data.set(part, from));
  return { shape, data };
}

/**
 * Many strings in two arrays that worker threads can share. String i consists of the UTF-16 units from ends[i - 1] to
 * ends[i].
 */
export interface Strings {
  readonly units: Uint16Array;
  readonly ends: Uint32Array; // [strings]
}

/** Packs the strings whose indexes are in `order`, in that order. */
export function pack(strings: readonly string[], order?: Uint32Array): Strings {
  const count = order?.length ?? strings.length;
  const ends = shared(Uint32Array, count);
  let total = 0;
  for (let i = 0; i < count; i++) ends[i] = total += strings[order ? order[i]! : i]!.length;
  const units = shared(Uint16Array, total);
  for (let i = 0, at = 0; i < count; i++) {
    const text = strings[order ? order[i]! : i]!;
    for (let j = 0; j < text.length; j++) units[at++] = text.charCodeAt(j);
  }
  return { units, ends };
}

const remembered = 2 ** 22; // up to so many strings are kept once they were read

/** Returns a function that reads strings by number. */
export function unpacker({ units, ends }: Strings): (i: number) => string {
  const bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength);
  const read = (i: number): string => bytes.toString("utf16le", i === 0 ? 0 : ends[i - 1]! * 2, ends[i]! * 2);
  if (ends.length > remembered) return read;
  const known = new Array<string | undefined>(ends.length);
  return (i) => (known[i] ??= read(i));
}

type Arrays = Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor | Int32ArrayConstructor;

/** A typed array in memory that worker threads share. */
export function shared<T extends Arrays>(type: T, length: number): InstanceType<T> {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT)) as InstanceType<T>;
}

/**
 * What was made for numbers, as long as it was used lately: what was used last is kept, up to `most` bytes.
 *
 * @returns a function that gives what is kept for a number, or makes it
 */
export function recent<T>(most: number, bytesOf: (value: T) => number): (key: number, make: () => T) => T {
  const kept = new Map<number, T>(); // the one used last at the end
  let bytes = 0;
  return (key, make) => {
    const known = kept.get(key);
    const value = known ?? make();
    if (known === undefined) bytes += bytesOf(value);
    else kept.delete(key);
    kept.set(key, value);
    for (const [oldest, old] of kept) {
      if (bytes <= most) break;
      kept.delete(oldest);
      bytes -= bytesOf(old);
    }
    return value;
  };
}

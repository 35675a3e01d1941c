/** A property of a value of which nothing is known; undefined where reading it throws: getters and proxies may. */
export function readSafely(value: unknown, name: PropertyKey): unknown {
  if (value === null || value === undefined) return undefined;
  try {
    return (value as Record<PropertyKey, unknown>)[name];
  } catch {
    return undefined; // a value that cannot be read is shown by its type
  }
}

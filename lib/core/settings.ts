/**
 * `defaults` with `overrides` on top. Refuses a name that is not in `defaults`, or a value of another type:
 * a misspelt setting would otherwise be ignored in silence.
 */
export function settings<T extends object>(where: string, defaults: T, overrides: Partial<T> = {}): T {
  const known = Object.keys(defaults);
  for (const [name, value] of Object.entries(overrides)) {
    if (!known.includes(name)) {
      throw new TypeError(`${where}: unknown setting "${name}" (${JSON.stringify(value)}). Known: ${known.join(", ")}.`);
    }
    const expected = defaults[name as keyof T];
    if (value !== undefined && expected !== undefined && expected !== null && typeof value !== typeof expected) {
      throw new TypeError(`${where}: ${name} is ${JSON.stringify(value)}, a ${typeof value}; it must be a ${typeof expected}, like ${JSON.stringify(expected)}.`);
    }
  }
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * `defaults` with `overrides` on top. Refuses a name that is not in `defaults`, or a value of another type:
 * a misspelt setting would otherwise be ignored in silence.
 */
export function settings<T extends object>(where: string, defaults: T, overrides: Partial<T> = {}): T {
  const known = Object.keys(defaults);
  for (const [name, value] of Object.entries(overrides)) {
    if (!known.includes(name)) {
      throw new TypeError(`${where}: unknown setting "${name}" (${shown(name, value)}). Known: ${known.join(", ")}.`);
    }
    const expected = defaults[name as keyof T];
    if (value !== undefined && expected !== undefined && expected !== null && typeof value !== typeof expected) {
      throw new TypeError(`${where}: ${name} is ${shown(name, value)}, a ${typeof value}; it must be a ${typeof expected}, like ${JSON.stringify(expected)}.`);
    }
  }
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/** A value for an error; of a key or password, misspelt or not, only what it is. */
const shown = (name: string, value: unknown): string => (/key|token$|secret|password|headers/i.test(name) && typeof value !== "number" ? `a ${typeof value}` : JSON.stringify(value));

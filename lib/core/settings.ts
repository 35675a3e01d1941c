import { nearest } from "./nearest";
import { usualRanges, type Range } from "./ranges";

type Ranges = Readonly<Record<string, Range>>;

/**
 * `defaults` with `overrides` on top. Refuses a name that is not in `defaults`, a value of another type, and a number
 * that is out of its range: a misspelt setting would otherwise be ignored in silence, and a NaN spoil all it touches.
 *
 * @param ranges of numbers whose range does not follow from their name (usualRanges); others must be finite
 * @param others names that the caller takes besides these settings, for a better guess at a misspelt one
 */
export function settings<T extends object>(
  where: string,
  defaults: T,
  overrides: Partial<T> = {},
  ranges: { readonly [K in keyof T]?: Range } = {},
  others: readonly string[] = [],
): T {
  expectRecord(where, overrides);
  const known = Object.keys(defaults);
  for (const [name, value] of Object.entries(overrides)) {
    if (!known.includes(name)) throw unknownName(where, name, value, [...known, ...others]);
    const expected = defaults[name as keyof T];
    if (value !== undefined && expected !== undefined && expected !== null && typeof value !== typeof expected) {
      throw new TypeError(
        `${where}: ${name} is ${shown(name, value)}, a ${typeof value}; it must be a ${typeof expected}, like ` +
          `${JSON.stringify(expected)}.`,
      );
    }
    const range =
      ranges[name as keyof T] ??
      (typeof value === "number" ? (usualRanges[name] ?? finiteUnless(expected)) : undefined);
    if (value !== undefined && range) expectFits(where, name, value, range);
  }
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * Refuses options that are not in the table `ranges`, or not as it says. Throws TypeError or RangeError with name and
 * value.
 */
export function checkOptions(where: string, options: object, ranges: Ranges): void {
  expectRecord(where, options);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(ranges, name)) throw unknownName(where, name, value, Object.keys(ranges));
    if (value !== undefined) expectFits(where, name, value, ranges[name]!);
  }
}

function expectRecord(where: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(
      `${where}: the options are ${JSON.stringify(value) ?? String(value)}; write them as { name: value }.`,
    );
}

function expectFits(where: string, name: string, value: unknown, { fits, what }: Range): void {
  if (fits(value)) return;
  throw new (typeof value === "number" ? RangeError : TypeError)(
    `${where}: ${name} is ${shown(name, value)}; it must be ${what}.`,
  );
}

const finiteUnless = (expected: unknown): Range =>
  expected === Infinity
    ? { fits: (value) => !Number.isNaN(value), what: "a number" }
    : { fits: Number.isFinite, what: "a finite number" };

function unknownName(where: string, name: string, value: unknown, known: readonly string[]): TypeError {
  const [meant] = nearest(name, known, 1);
  return new TypeError(
    `${where}: unknown setting "${name}" (${shown(name, value)}).` +
      `${meant === undefined ? "" : ` Did you mean ${meant}?`} Known: ${known.join(", ")}.`,
  );
}

/** A value for an error; of a key or password, misspelt or not, only what it is. */
export function shown(name: string, value: unknown): string {
  if (typeof value === "number") return String(value); // JSON has no NaN and no Infinity
  if (/key|token$|secret|password|headers/i.test(name)) return `a ${typeof value}`;
  if (typeof value === "function" || typeof value === "bigint" || typeof value === "symbol" || value === undefined)
    return String(value).slice(0, 60);
  try {
    return JSON.stringify(value)?.slice(0, 120) ?? String(value);
  } catch {
    return `a ${typeof value} that is no JSON`; // it refers to itself
  }
}

import { inspect, types } from "node:util";
import { readSafely } from "./read-safely";
import { isTensor, teachTensor } from "./tensor-text";

const limits = {
  depth: 4, // levels below the value
  values: 2_000, // that may be written; deeper levels are left out until they fit
  lines: 200,
  characters: 100_000,
};

/**
 * Any value as text, as Node's console writes it, but never more than a reader can use: levels that would hold
 * thousands of values are left out, and a long text is cut and says so. Values that throw when they are read
 * are shown without their contents.
 */
export function inspectValue(value: unknown): string {
  if (typeof value === "string") return cut(value, { lines: Infinity, characters: 1_000_000 });
  const options = { depth: fittingDepth(value), breakLength: 100, maxArrayLength: 100, maxStringLength: 10_000 };
  try {
    return cut(inspect(value, options), limits);
  } catch (error) {
    return `${cut(inspectPlainly(value, options), limits)}\n(its own description failed: ${reasonOf(error)})`;
  }
}

/** What a thrown value says of itself, in one line. */
export function reasonOf(error: unknown): string {
  const message = readSafely(error, "message");
  if (typeof message === "string" && message !== "") return message;
  try {
    return inspect(error, { depth: 1, breakLength: Infinity, customInspect: false });
  } catch {
    return "something that cannot be shown"; // a proxy that throws at every access
  }
}

function inspectPlainly(value: unknown, options: object): string {
  try {
    return inspect(value, { ...options, customInspect: false });
  } catch (error) {
    return `${typeof value} that cannot be shown: ${reasonOf(error)}`;
  }
}

/** The most levels below `value` that hold no more than the values allowed. Looks at no getter and through no proxy. */
function fittingDepth(value: unknown): number {
  let level: unknown[] = [value];
  let count = 0;
  const seen = new Set<unknown>();
  for (let depth = 0; depth <= limits.depth; depth++) {
    const next: unknown[] = [];
    for (const each of level) {
      if (isTensor(each)) teachTensor(each);
      else if (typeof each === "object" && each !== null && !types.isProxy(each) && !seen.has(each)) {
        seen.add(each);
        if (typeof readSafely(each, inspect.custom) === "function")
          count++; // it has its own text
        else next.push(...contents(each));
      }
      if (count + next.length > limits.values) return Math.max(0, depth - 1);
    }
    count += next.length;
    level = next;
  }
  return limits.depth;
}

/** What lies directly in an object and would be written. */
function contents(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return new Array(Math.min(100, (value as { length?: number }).length ?? 0)).fill(0);
  if (Array.isArray(value)) return value.slice(0, 100);
  if (value instanceof Map) return [...value].slice(0, 100).flat();
  if (value instanceof Set) return [...value].slice(0, 100);
  return Object.keys(value)
    .slice(0, limits.values + 1)
    .map((name) => Object.getOwnPropertyDescriptor(value, name)?.value as unknown);
}

function cut(text: string, { lines, characters }: { readonly lines: number; readonly characters: number }): string {
  const short = text.length > characters ? text.slice(0, characters) : text;
  const kept =
    lines === Infinity
      ? short
      : short
          .split("\n", lines + 1)
          .slice(0, lines)
          .join("\n");
  if (kept.length === text.length) return text;
  return `${kept}\n… ${(text.length - kept.length).toLocaleString("en")} more characters`;
}

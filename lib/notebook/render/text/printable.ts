import { inspect } from "node:util";

/**
 * Makes `value` print as `text()` when it is the last line of a cell. Its data, JSON and equality stay as they were.
 */
export function printable<T extends object>(value: T, text: () => string): T {
  return Object.defineProperty(value, inspect.custom, { value: text, enumerable: false, configurable: true });
}

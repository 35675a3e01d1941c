import type { SqlRows, SqlValue } from "../core/roles";
import type { Metric } from "./metric";
import { successAt } from "./success";

/**
 * Whether two result sets hold the same rows: order and repeats do not matter, the order of columns does, their
 * names do not. BIRD's execution accuracy, and DeepRetrieval's (`set(pred) == set(gold)` of Python tuples), so
 * values are equal as Python has it: 1 is 1.0, '1' is not 1, text is not bytes, NULL is NULL.
 */
export function sameRows(predicted: SqlRows, gold: SqlRows): boolean {
  const wanted = new Set(gold.map(rowKey));
  const found = new Set<string>();
  for (const row of predicted) {
    const key = rowKey(row);
    if (!wanted.has(key)) return false;
    found.add(key);
  }
  return found.size === wanted.size;
}

/**
 * 1 where a query returns what the gold one does, else 0; its mean is the accuracy. The task returns the result as its
 * only hit, and its judgment says whether it is right.
 */
export const executionAccuracy: Metric = { ...successAt(1), name: "execution accuracy" };

/** A string that two rows share if and only if they are equal. */
export const rowKey = (row: readonly SqlValue[]): string => row.map(valueKey).join("");

function valueKey(value: SqlValue): string {
  if (value === null) return "n"; // no letter or sign that begins a number: (NULL, 1, -1) is not (-1, NULL, 1)
  if (typeof value === "string") return `'${value.length}:${value}`;
  if (typeof value === "bigint") return `${value};`;
  if (typeof value === "number")
    return `${Number.isSafeInteger(value) || !Number.isInteger(value) ? value : BigInt(value)};`;
  return `x${Buffer.from(value).toString("hex")};`;
}

import { CorruptData } from "../../core/errors";
import { parseJson } from "../../core/json";
import { readText } from "./gzip";
import type { TableRow } from "./jsonl";

/**
 * The objects of a JSON file that holds one list of them, plain or gzipped; `line` counts from 1. Throws CorruptData
 * for anything else.
 */
export async function readJsonArray(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TableRow[]> {
  let text = "";
  for await (const piece of readText(file, options)) text += piece;
  let value: unknown;
  try {
    value = parseJson(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new CorruptData(file, `not JSON: ${(cause as Error).message}`, "Check that the download is complete", {
      cause,
    });
  }
  if (!Array.isArray(value))
    throw new CorruptData(
      file,
      `holds ${JSON.stringify(value).slice(0, 40)}…, not a list`,
      "It must be a JSON list of objects",
    );
  const bad = value.findIndex((row) => typeof row !== "object" || row === null || Array.isArray(row));
  if (bad >= 0)
    throw new CorruptData(
      `${file}:${bad + 1}`,
      `is ${JSON.stringify(value[bad]).slice(0, 60)}, not an object`,
      "Every element must be one",
    );
  return (value as TableRow["value"][]).map((row, i) => ({ line: i + 1, value: row }));
}

import { CorruptData } from "../../core/errors";
import { parseJson } from "../../core/json";
import { readLines } from "./lines";

/** One object of a JSON-lines file and the line it stands on. */
export interface TableRow {
  readonly line: number; // from 1
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * The objects of a JSON-lines file, plain or gzipped, streamed. Empty lines are skipped. Integers past 2⁵³ are bigints.
 * A line that is no JSON object throws CorruptData with file:line and the reason.
 */
export async function* readJsonl(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<TableRow, void> {
  for await (const { number, text } of readLines(file, signal ? { signal } : {})) {
    if (text.trim()) yield { line: number, value: parsed(file, number, text) };
  }
}

function parsed(file: string, line: number, text: string): TableRow["value"] {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new CorruptData(
      `${file}:${line}`,
      `not JSON: ${(error as Error).message}`,
      `The line begins ${JSON.stringify(text.slice(0, 60))}; repair or remove it`,
      { cause: error },
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as TableRow["value"];
  throw new CorruptData(
    `${file}:${line}`,
    `holds ${JSON.stringify(value).slice(0, 60)}, not an object`,
    'Every line must be one JSON object, like {"id": "1"}',
  );
}

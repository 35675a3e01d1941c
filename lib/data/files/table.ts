import { readText } from "./gzip";
import { readJsonl, type TableRow } from "./jsonl";
import { readParquet } from "./parquet";

/** The rows of a table, parquet or JSON lines, plain or gzipped. Its first bytes decide, not its name. */
export async function* readTable(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<TableRow, void> {
  yield* (await startsWith(file, "PAR1")) ? readParquet(file, options) : readJsonl(file, options);
}

/**
 * Whether the text of a file, plain or gzipped, begins with `beginning`, after a byte order mark and white space.
 * Throws CorruptData for a file that cannot be read.
 */
export async function startsWith(file: string, beginning: string): Promise<boolean> {
  let text = "";
  for await (const piece of readText(file)) {
    text = (text + piece).trimStart(); // which removes a byte order mark, too
    if (text.length >= beginning.length) break;
  }
  return text.startsWith(beginning);
}

/** The names of the columns of the first row; none for an empty table. */
export async function firstColumns(file: string): Promise<readonly string[]> {
  for await (const { value } of readTable(file)) return Object.keys(value);
  return [];
}

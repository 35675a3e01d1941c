import { open } from "node:fs/promises";
import { CorruptData } from "../../core/errors";
import { readJsonl, type TableRow } from "./jsonl";
import { readParquet } from "./parquet";
import { projectPath } from "../paths";

/** The rows of a table, whether it is parquet or JSON lines, gzipped or not. Its first bytes decide, not its name. */
export async function* readTable(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<TableRow, void> {
  yield* (await startsWith(file, "PAR1")) ? readParquet(file, options) : readJsonl(file, options);
}

/** Whether the first bytes of a file are these. Throws CorruptData for one that cannot be read. */
export async function startsWith(file: string, magic: string): Promise<boolean> {
  try {
    const handle = await open(projectPath(file));
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
      return bytesRead === magic.length && buffer.toString("latin1") === magic;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new CorruptData(file, `cannot be read: ${(cause as Error).message}`, "Check the path", { cause });
  }
}

/** The names of the columns of the first row; none for an empty table. */
export async function firstColumns(file: string): Promise<readonly string[]> {
  for await (const { value } of readTable(file)) return Object.keys(value);
  return [];
}

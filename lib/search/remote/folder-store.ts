import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Exchange, Store } from "./exchange";

/**
 * A folder of exchanges, one file for each, named by its key: FOLDER/ab/abcdef….json. Several processes may share it.
 *
 * An answer is kept until the folder is deleted, so that a long training sees one state of the engine. A file that
 * cannot be read as an exchange counts as absent and is written again. Files are written whole, but without waiting for
 * the disk, which would delay other requests. An answer that a power cut destroys is asked for again.
 */
export function folderStore(folder: string): Store {
  const fileOf = (key: string): string => join(folder, key.slice(0, 2), `${key}.json`);
  return {
    get(key) {
      const file = fileOf(key);
      return existsSync(file) ? read(readFileSync(file, "utf8"), key) : undefined;
    },
    put(exchange) {
      const file = fileOf(exchange.key);
      const part = `${file}.${process.pid}.tmp`;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(part, JSON.stringify(exchange));
      renameSync(part, file);
    },
  };
}

function read(text: string, key: string): Exchange | undefined {
  try {
    const exchange = JSON.parse(text) as Exchange;
    return exchange.key === key && typeof exchange.reply?.body === "string" ? exchange : undefined;
  } catch {
    return undefined; // a full disk cut it short, or somebody edited it: it counts as absent
  }
}

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Exchange, Store } from "./exchange";

/**
 * Exchanges on disk, a file each under its content address: FOLDER/ab/abcdef….json. Processes may share a folder. An
 * answer is kept for good, so that a long training meets one state of the engine: delete the folder to ask anew. A file
 * that cannot be read as an exchange counts as absent and is written again. Files appear whole, but nobody waits for
 * the disk: that would hold up requests whose turn has come, and what a power cut takes is asked again.
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
    return undefined; // torn by a full disk, or edited: as good as absent
  }
}

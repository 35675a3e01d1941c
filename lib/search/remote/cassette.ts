import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import type { Exchange, Store } from "./exchange";

/**
 * The exchanges of one run in a single file of JSON lines, to be kept with the run. When it is played back, the run
 * repeats offline, bit for bit. It holds no API key. A recording onto an existing cassette continues it. A last line
 * that a crash left incomplete is dropped.
 *
 * Throws CorruptData with file:line for any other line that is no exchange, and for a cassette that is to be played and
 * does not exist.
 */
export function cassette(file: string, { play }: { readonly play: boolean }): Store {
  if (play && !existsSync(file))
    throw new CorruptData(file, "there is no such cassette", "Record one first, with { record }");
  const { exchanges, torn } = load(file);
  if (!play) {
    mkdirSync(dirname(file), { recursive: true });
    if (torn) writeAtomic(file, [...exchanges.values()].map(lineOf).join(""));
  }
  return {
    get: (key) => exchanges.get(key),
    put(exchange) {
      if (play) return;
      exchanges.set(exchange.key, exchange);
      appendFileSync(file, lineOf(exchange));
    },
  };
}

const lineOf = (exchange: Exchange): string => `${JSON.stringify(exchange)}\n`;

function load(file: string): { readonly exchanges: Map<string, Exchange>; readonly torn: boolean } {
  const exchanges = new Map<string, Exchange>();
  if (!existsSync(file)) return { exchanges, torn: false };
  const lines = readFileSync(file, "utf8").split("\n");
  const torn = lines.pop() !== ""; // a complete line ends in a line feed
  for (const [i, line] of lines.entries()) {
    if (!line) continue;
    const exchange = parsed(line);
    if (!exchange)
      throw new CorruptData(
        `${file}:${i + 1}`,
        `no recorded exchange: ${JSON.stringify(line.slice(0, 60))}`,
        "Remove the line, or record anew",
      );
    exchanges.set(exchange.key, exchange);
  }
  return { exchanges, torn };
}

function parsed(line: string): Exchange | undefined {
  try {
    const exchange = JSON.parse(line) as Exchange;
    return typeof exchange.key === "string" && typeof exchange.reply?.body === "string" ? exchange : undefined;
  } catch {
    return undefined; // the caller names the place
  }
}

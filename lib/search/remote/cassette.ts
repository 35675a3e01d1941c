import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import { isGzip } from "../../data/files/gzip";
import type { Exchange, Store } from "./exchange";

/**
 * The exchanges of one run in a single file of JSON lines, to be kept with the run. When it is played back, the run
 * repeats offline, bit for bit. It holds no API key. A recording onto an existing cassette continues it. A last line
 * that a crash left incomplete is dropped. A gzipped cassette is played, and not recorded onto.
 *
 * Throws CorruptData with file:line for any other line that is no exchange, and for a cassette that is to be played and
 * does not exist.
 */
export function cassette(file: string, { play }: { readonly play: boolean }): Store {
  if (play && !existsSync(file))
    throw new CorruptData(file, "there is no such cassette", "Record one first, with { record }");
  const { exchanges, torn } = load(file, play);
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

function load(file: string, play: boolean): { readonly exchanges: Map<string, Exchange>; readonly torn: boolean } {
  const exchanges = new Map<string, Exchange>();
  if (!existsSync(file)) return { exchanges, torn: false };
  const lines = textOf(file, play).split("\n");
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

function textOf(file: string, play: boolean): string {
  const bytes = readFileSync(file);
  if (!isGzip(bytes)) return bytes.toString("utf8");
  if (!play)
    throw new CorruptData(file, "is gzipped, and a recording is continued at its end", "Unpack it first, with gunzip");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch (cause) {
    throw new CorruptData(file, `cannot be unpacked: ${(cause as Error).message}`, "Check that the copy is complete", {
      cause,
    });
  }
}

function parsed(line: string): Exchange | undefined {
  try {
    const exchange = JSON.parse(line) as Exchange;
    return typeof exchange.key === "string" && typeof exchange.reply?.body === "string" ? exchange : undefined;
  } catch {
    return undefined; // the caller names the place
  }
}

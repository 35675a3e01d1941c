import { createInterface } from "node:readline";

/** A row of JSON on stdin. */
export interface StdinRow {
  readonly row: unknown;
  readonly line: number; // from 1
}

/**
 * The rows of JSON Lines on stdin; blank lines and a byte order mark are passed over. Throws TypeError for a line that
 * is not JSON: it begins with `caller` and ends with `form`, which says what rows look like.
 */
export async function* stdinRows(form: string, caller = ""): AsyncGenerator<StdinRow, void> {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number++;
    if (line.trim() === "") continue;
    let row: unknown;
    try {
      row = JSON.parse(number === 1 ? line.replace(/^\ufeff/, "") : line);
    } catch (cause) {
      throw new TypeError(`${caller}line ${number} of stdin is not JSON: ${(cause as Error).message}. ${form}`, {
        cause,
      });
    }
    yield { row, line: number };
  }
}

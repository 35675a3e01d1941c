import { throwIfAborted } from "../../core/errors";
import { readText } from "./gzip";

/** One line of a file, without its line break. Numbers start at 1, as in an editor. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a text file, plain or gzipped, one after the other; the file is never in memory as a whole. A byte order
 * mark is dropped.
 */
export async function* readLines(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Line, void> {
  let rest: string[] = []; // pieces of a line whose end has not come
  let number = 0;
  throwIfAborted(signal, `reading ${file}`);
  for await (const piece of readText(file, signal ? { signal } : {})) {
    throwIfAborted(signal, `reading ${file}`);
    const lines = piece.split("\n");
    const begun = lines.pop()!;
    if (lines.length > 0) lines[0] = rest.join("") + lines[0]!;
    if (lines.length > 0) rest = [];
    rest.push(begun);
    for (const text of lines) yield { number: ++number, text: tidy(text, number) };
  }
  const last = rest.join("");
  if (last) yield { number: ++number, text: tidy(last, number) };
}

function tidy(text: string, number: number): string {
  const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
  return number === 1 && whole.startsWith("\ufeff") ? whole.slice(1) : whole;
}

import { throwIfAborted } from "../core/errors";
import { readText } from "./gzip";

/** One line of a file, without its line break. Numbers start at 1, as in an editor. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines of a text file, plain or gzipped, one after the other; the file is never in memory as a whole. A byte order mark is dropped. */
export async function* readLines(file: string, { signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Line, void> {
  let rest = "";
  let number = 0;
  throwIfAborted(signal, `reading ${file}`);
  for await (const piece of readText(file, signal ? { signal } : {})) {
    throwIfAborted(signal, `reading ${file}`);
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const text of lines) yield { number: ++number, text: tidy(text, number) };
  }
  if (rest) yield { number: ++number, text: tidy(rest, number) };
}

function tidy(text: string, number: number): string {
  const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
  return number === 1 && whole.startsWith("\ufeff") ? whole.slice(1) : whole;
}

import type { Tokenizer } from "../tokenizers/tokenizer";

/** The text that a tokenizer decodes an incomplete character to. */
const unfinished = "\uFFFD";

/** Text that grows token by token. */
interface TextStream {
  /** The complete characters so far. A character with missing bytes is left out. */
  readonly text: string;
  push(token: number): void;
}

/**
 * Decodes tokens as they come. The newest tokens are decoded together with those of the last complete piece, because
 * many tokenizers decode the first token of a text differently from a later one (vLLM's incremental detokenisation).
 */
export function textStream(tokenizer: Pick<Tokenizer, "decode">): TextStream {
  let window: number[] = []; // the last complete piece, and what came after
  let complete = 0; // tokens of that piece
  let taken = 0; // characters of the window that are in `text`
  let text = "";
  return {
    get text() {
      return text;
    },
    push(token) {
      window.push(token);
      const decoded = tokenizer.decode(window);
      const whole = !decoded.endsWith(unfinished);
      const end = whole ? decoded.length : decoded.length - 1; // of several, only the last can still become a character
      if (end > taken) {
        text += decoded.slice(taken, end);
        taken = end;
      }
      if (!whole) return;
      window = window.slice(complete);
      complete = window.length;
      taken = tokenizer.decode(window).length;
    },
  };
}

/** The index in `text` of the first of `stops`, looking from `from` on; −1 if there is none. */
export function stopIn(text: string, stops: readonly string[], from = 0): number {
  const places = stops.map((stop) => text.indexOf(stop, from)).filter((place) => place >= 0);
  return places.length ? Math.min(...places) : -1;
}

/** How many of the last characters of `text` could be the beginning of one of `stops`. */
export function stopBegun(text: string, stops: readonly string[]): number {
  let most = 0;
  for (const stop of stops) {
    for (let n = Math.min(stop.length - 1, text.length); n > most; n--) if (text.endsWith(stop.slice(0, n))) most = n;
  }
  return most;
}

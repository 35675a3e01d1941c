import { words } from "../text/words";

/**
 * One word as typed, with the index words that it consists of: "post-mortem" has two, "diabet*" one, which is
 * truncated.
 */
export interface Typed {
  readonly text: string;
  readonly words: readonly string[]; // a * at the end of the last word truncates it
  readonly truncated: boolean;
  readonly hyphenated: boolean; // "solu-medrol" is searched as a phrase only
}

const shortest = 4; // characters before a *, as in PubMed

const hyphen = /[\p{L}\p{N}]-+[\p{L}\p{N}]/u;

/**
 * Splits typed text into words: at spaces, and at a slash between hyphenated words. A `*` must end its word and have
 * four characters before it. Any other `*` is left out, and `warn` is called.
 */
export function typed(text: string, warn: (warning: string) => void): Typed[] {
  const chunks = text.split(/\s+/);
  const dashed = text.includes("-");
  return (dashed ? chunks.flatMap((chunk) => (hyphen.test(chunk) ? chunk.split("/") : [chunk])) : chunks)
    .map((chunk): Typed => {
      const hyphenated = dashed && hyphen.test(chunk);
      const star = chunk.indexOf("*");
      const own = words(star < 0 ? chunk : chunk.slice(0, star));
      if (star === 0 && words(chunk).length)
        warn(`a * may only end a word: ${chunk} searched as ${chunk.replace(/\*/g, "")}`);
      if (star < 0 || !own.length)
        return { text: chunk, words: own.length ? own : words(chunk), truncated: false, hyphenated };
      if (own.join("").length < shortest) {
        warn(`truncation needs ${shortest} characters before the *: ${chunk} searched as ${own.join(" ")}`);
        return { text: chunk.slice(0, star), words: own, truncated: false, hyphenated: hyphenated && own.length > 1 };
      }
      if (/[\p{L}\p{N}]/u.test(chunk.slice(star)))
        warn(`a * may only end a word: ${chunk} searched as ${chunk.slice(0, star)}*`);
      return {
        text: `${chunk.slice(0, star)}*`,
        words: [...own.slice(0, -1), `${own.at(-1)!}*`],
        truncated: true,
        hyphenated,
      };
    })
    .filter((one) => one.words.length > 0);
}

import type { TextField } from "../syntax/fields";
import type { Mapping } from "./mapping";
import type { Lookup } from "../plan";
import { sideBySide } from "./text-terms";
import { words } from "../text/words";

/** A term as Ovid reads it: its words side by side. Where they stand so nowhere, it finds nothing, and its single words are not searched. */
export function exactTerm(text: string, field: TextField, { corpus, notices }: Mapping): Lookup {
  const lookup = sideBySide(patterns(text, notices.warn), field);
  if (!corpus.occurs(lookup)) notices.notFound(text, field.name);
  return lookup;
}

/**
 * The index words of a text, with Ovid's wild cards as `wild.ts` has them: `$`, `*` and `:` at the end of a word are any ending, `$4` or `*4`
 * an ending of at most four, `?` is one character or none and `#` is one. Ovid truncates a stem of any length.
 */
export function patterns(text: string, warn: (warning: string) => void): string[] {
  const found: string[] = [];
  let open = false; // whether the last word goes on
  for (const [i, piece] of text.split(/([*$]\d{0,2}|[?#]|:(?=[\s\p{P}]|$))/u).entries()) {
    const isSign = i % 2 === 1;
    if (isSign && !open) {
      if (/[*$?#]/.test(piece) && !/[*$?#]$/.test(found.at(-1) ?? ""))
        warn(`a wild card cannot begin a word: in ${text}, ${piece} was left out`);
    } else if (isSign) {
      open = piece === "?" || piece === "#";
      found[found.length - 1] += open ? piece : piece === "$" || piece === ":" ? "*" : piece.replace(/^\*(?=\d)/, "$");
    } else {
      const own = words(piece);
      const joins = /^[\p{L}\p{N}]/u.test(piece);
      if (joins && open && own.length) found[found.length - 1] += own.shift()!;
      else if (joins && i > 1 && own.length && /[*]$|\$\d+$/.test(found.at(-1) ?? ""))
        warn(`truncation ends a word: ${text} was searched without ${own.shift()}`);
      found.push(...own);
      open = (open && !piece) || /[\p{L}\p{N}\p{M}]$/u.test(piece);
    }
  }
  return found;
}

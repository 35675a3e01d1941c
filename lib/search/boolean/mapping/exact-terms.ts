import type { TextField } from "../syntax/fields";
import type { MappingContext } from "./mapping-context";
import type { Lookup } from "../lookup";
import { sideBySide } from "./text-terms";
import { words } from "../text/words";

/** A term as Ovid reads it: its words side by side. Where this phrase occurs nowhere, it finds nothing. */
export function exactTerm(text: string, field: TextField, { corpus, notices }: MappingContext): Lookup {
  const lookup = sideBySide(patterns(text, notices.warn), field);
  if (!corpus.occurs(lookup)) notices.notFound(text, field.name);
  return lookup;
}

/**
 * The index words of a text, with Ovid's wild cards in the form of `wild-cards.ts`. `$`, `*` and `:` at the end of a
 * word stand for any ending, and `$4` or `*4` for an ending of at most four characters. `?` stands for one character or
 * none, and `#` for one. Ovid truncates a stem of any length.
 */
export function patterns(text: string, warn: (warning: string) => void): string[] {
  const found: string[] = [];
  let open = false; // whether the next piece continues the last word
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

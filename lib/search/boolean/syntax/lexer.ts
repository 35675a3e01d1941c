import { fieldOf } from "./fields";
import { plain } from "../text/typography";

export type Token =
  | { readonly kind: "open" | "close" | "colon" }
  | { readonly kind: "word" | "quoted" | "tag"; readonly text: string };

/** Matches one token: a parenthesis, a [tag], a "quoted phrase", or a word, which may hold - / ' , . : and *. */
const pattern = /\s+|([()])|\[([^\[\]]*)\]|"([^"]*)"|([^\s()[\]"]+)|(["[\]])/gy;

/**
 * Cuts a query into tokens. It never fails. A quote or bracket without its partner is left out with a warning, so that
 * `"heart attack AND aspirin` still searches three words and an operator.
 */
export function tokens(query: string): { readonly tokens: readonly Token[]; readonly warnings: readonly string[] } {
  const text = plain(query);
  const found: Token[] = [];
  const stray = new Set<string>();
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [whole, parenthesis, tag, phrase, word, lone] = match;
    if (parenthesis) found.push({ kind: parenthesis === "(" ? "open" : "close" });
    else if (tag !== undefined) found.push({ kind: "tag", text: tag.trim() });
    else if (phrase !== undefined && straddles(phrase)) {
      stray.add('"');
      pattern.lastIndex -= whole.length - 1; // continue right behind the opening quote
    } else if (phrase !== undefined) found.push({ kind: "quoted", text: phrase.trim().replace(/\s+/g, " ") });
    else if (word) found.push(...wordTokens(word));
    else if (lone) stray.add(lone);
  }
  return { tokens: found, warnings: [...stray].map((mark) => `unbalanced ${mark}: left out`) };
}

/**
 * Whether a quoted text is the gap between two phrases: it holds an operator or a field tag, because a quote before it
 * is missing.
 */
function straddles(phrase: string): boolean {
  if (/(^|[\s)\]])(AND|OR|NOT)([\s(]|$)/.test(phrase)) return true;
  return [...phrase.matchAll(/\[([^\[\]]*)\]/g)].some(([, tag]) => fieldOf(tag!) !== undefined);
}

/** Ranges may be written without spaces: `2010:2015`, `"2010"[dp]:"2015"[dp]`. Elsewhere a colon is punctuation. */
function wordTokens(word: string): Token[] {
  const [, before, after] = /^([\d/.\-]*):([\d/.\-]*)$/.exec(word) ?? [];
  if (before === undefined || after === undefined) return [{ kind: "word", text: word }];
  return [
    ...(before ? [{ kind: "word", text: before } as const] : []),
    { kind: "colon" },
    ...(after ? [{ kind: "word", text: after } as const] : []),
  ];
}

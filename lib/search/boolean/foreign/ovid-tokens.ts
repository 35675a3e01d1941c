import { codes, suffix } from "./ovid-fields";
import { setMarks, type SetMark } from "../syntax/set-references";
import { plain } from "../text/typography";

export type Token =
  | { readonly kind: "open" | "close" }
  | { readonly kind: "suffix" | "quoted" | "word"; readonly text: string }
  | { readonly kind: "sets"; readonly mark: SetMark }; // a reference to lines of a history

/**
 * Whether a line is written for Ovid. Such a line has a field suffix, a heading with a slash, an adjacency or a `$`,
 * and no tag in brackets.
 */
export function looksLikeOvid(line: string): boolean {
  if (isTagged(line)) return false;
  return line.search(suffix) >= 0 || signs.test(line);
}

/** Whether a line has a tag of PubMed's in brackets, outside quoted phrases. */
export const isTagged = (line: string): boolean => tag.test(line.replace(/"[^"]*"/g, '""'));

const tags =
  "tiab|mh|mesh|mesh terms?|majr|tw|ti|ab|pt|ptyp|all fields|sh|sb|dp|au|title/abstract|publication type|all";
const tag = new RegExp(String.raw`\[(${tags})\s*(:[^\[\]]*)?\]`, "i");

const signs = new RegExp(String.raw`^\s*\*?exp\s+\S.*/|\w"?/(?:${codes})?(?=\s|$|\))|\sadj\d*\s|[a-z]{3}\$`, "i");

const pieces = new RegExp(
  `([()])|\u0001([^\u0001]*)\u0001|${setMarks.source}|"([^"]*)"|([^\\s()"\u0001${setMarks.first}]+)`,
  "g",
);

/** Cuts a line of Ovid's into tokens. References to other lines are marked as in `set-references.ts`. */
export function tokensOf(line: string): Token[] {
  const text = withoutRemarks(withoutHeadingsParentheses(plain(line)))
    .replace(/(?<=\s)(adj) ?(\d{1,2}) ?(?=[\s(\p{L}])/giu, " $1$2 ") // adj 3, adj3(
    .replace(/(?<=[*$]|\.[a-z]{2}\.)(and|or|not)(?=[\s(])/gi, " $1") // dexmed*or clonidin*
    .replace(suffix, (_, loose?: string, strict?: string) => `\u0001${loose ?? strict}\u0001 `);
  return [...text.matchAll(pieces)].map(
    ([, parenthesis, field, mark, quoted, word]): Token =>
      parenthesis
        ? { kind: parenthesis === "(" ? "open" : "close" }
        : field !== undefined
          ? { kind: "suffix", text: field }
          : mark !== undefined
            ? { kind: "sets", mark: setMarks.read(mark) }
            : quoted !== undefined
              ? { kind: "quoted", text: quoted.trim() }
              : { kind: "word", text: word! },
  );
}

/**
 * Drops remarks in brackets: `[mp=title, abstract]`, `[Diagnosis]`. Brackets around terms of a search become
 * parentheses.
 */
function withoutRemarks(line: string): string {
  return line.replace(/\[([^\[\]]*)\]/g, (_, inner: string) =>
    !/^\s*\w\w\s*=/.test(inner) && looksLikeOvid(inner) ? `(${inner})` : " ",
  );
}

/**
 * Drops the parentheses in the name of a heading, `exp Power (Psychology)/`. They group nothing, and a heading's key
 * has none.
 */
const withoutHeadingsParentheses = (line: string): string =>
  line.replace(/(?<=\w\s?)\(([^()]*)\)(?=\s*\/)/g, (whole: string, inner: string, at: number) =>
    /\b(?:and|or|not|exp|adj\d*)\s?$/i.test(line.slice(Math.max(0, at - 8), at)) ||
    /\b(?:and|or|not|adj\d*)\b/i.test(inner)
      ? whole
      : ` ${inner}`,
  );

/**
 * Reads published PubMed strategies by their characters alone, knowing nothing of the library's reader, so that both
 * can be compared: the expression as nested lists, operators strictly from left to right, lines of a history by their
 * numbers.
 */
export type Expression =
  | { readonly kind: "atom"; readonly key: string }
  | { readonly kind: "joined"; readonly parts: readonly (readonly [operator: string, part: Expression])[] };

/** Letters and digits of a text, lower case, single spaces; a star stays where it ends a word. */
export const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}*]+/gu, " ")
    .replace(/\* ?(?=\S)|^\*/gu, (star) => (star.endsWith(" ") ? "* " : ""))
    .trim();

export const atomKey = (text: string, tag = ""): string =>
  `${bare(text)}|${tag.toLowerCase().replace(/[^a-z0-9~:]/g, "")}`;

/** Typographic quotes straightened, and a quote that was typed twice before a word typed once. */
const straight = (text: string): string =>
  text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/""(?=\w)/g, '"');

/** The lines of a history by number, or one line for a single query. */
export function linesOf(strategy: string): ReadonlyMap<number, string> | undefined {
  const lines = straight(strategy)
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const head = /^#?\s?(\d{1,3})\s*(?:[.)]|\t|\s|(?=[(#"]))\s*/;
  const numbered =
    lines.filter((line) => /^(?:#\s?\d+|\d+[.)])/.test(line) && !/^#\d+ (?:AND|OR|NOT|or|and) #/.test(line)).length >
    lines.length / 2;
  if (!numbered && !lines.some((line) => /#\d/.test(line))) return undefined;
  const found = new Map<number, string>();
  for (const [i, line] of lines.entries()) {
    const [mark, number] = numbered ? (head.exec(line) ?? []) : [];
    const text = line.slice(mark?.length ?? 0).replace(/^Search:?\s+/, "");
    if (number === undefined && numbered)
      found.set([...found.keys()].at(-1) ?? 0, `${found.get([...found.keys()].at(-1) ?? 0) ?? ""} ${text}`);
    else found.set(number === undefined ? i + 1 : Number(number), text);
  }
  return found;
}

/** A limit to dates that PubMed's history prints in words, as the range that it is. */
const withRange = (line: string): string =>
  line.replace(
    /\s+Limits?:\s*(?:Publication Date from\s+)?(\d{4}[\d/]*)(?:\s+to\s+|:)(\d{4}[\d/]*)\s*$/,
    " AND $1:$2[dp]",
  );

/**
 * The expression of a strategy: of the line with the highest number, sets put in the place of their numbers; PubMed
 * lists the newest set first.
 */
export function read(strategy: string): Expression | undefined {
  const lines = linesOf(strategy);
  if (!lines)
    return readLine(
      straight(strategy)
        .trim()
        .replace(/^Search:?\s+(?=\()/, ""),
      () => undefined,
    ); // the word before a search in PubMed's history
  const sets = new Map<number, Expression>();
  let last: Expression | undefined;
  for (const [number, line] of [...lines].sort(([a], [b]) => a - b)) {
    last = readLine(withRange(line), (set) => sets.get(set));
    if (last) sets.set(number, last);
  }
  return last;
}

function readLine(line: string, set: (number: number) => Expression | undefined): Expression | undefined {
  let at = 0;
  const skip = (): void => void (/\s/.test(line[at] ?? "") && (at++, skip()));
  const upTo = (end: string): string => {
    const from = at;
    while (at < line.length && !end.includes(line[at]!)) at++;
    return line.slice(from, at);
  };
  const tag = (): string | undefined => {
    const back = at;
    skip();
    if (line[at] !== "[") return void (at = back);
    at++;
    const text = upTo("]");
    at++;
    return text;
  };
  const expression = (depth: number): Expression | undefined => {
    const parts: [string, Expression][] = [];
    let operator = "AND";
    let named = false;
    while ((skip(), at < line.length)) {
      if (line[at] === ")") {
        at++;
        if (depth) break;
        continue;
      }
      const part = operand(depth, (name) => ((operator = named && name !== "NOT" ? operator : name), (named = true)));
      if (!part) continue;
      parts.push([operator, part]);
      [operator, named] = ["AND", false];
    }
    return parts.length ? { kind: "joined", parts } : undefined;
  };
  /** One operand; an operator in its place is told to `join`. */
  const operand = (depth: number, join: (name: string) => void): Expression | undefined => {
    if (line[at] === "(") {
      at++;
      const inner = expression(depth + 1);
      tag();
      return inner;
    }
    if (line[at] === '"') {
      at++;
      const text = upTo('"');
      at++;
      return atom(text);
    }
    if (line[at] === "[") return void tag();
    const words: string[] = [];
    for (;;) {
      skip();
      const back = at;
      const beside = at > 0 && /[)\]"]\s*$/.test(line.slice(Math.max(0, at - 9), at));
      const word = upTo(' \t\n()[]"');
      if (!word) break;
      const reference = /^#(\d+)$/.exec(word);
      const follows = /^\s*["(]/.test(line.slice(at, at + 9)) || /^\s*#\d/.test(line.slice(at, at + 9));
      if (
        /^(?:AND|OR|NOT)$/.test(word) ||
        (/^(?:and|or|not)$/i.test(word) &&
          (beside || follows || /#\d+\s*$/.test(line.slice(Math.max(0, back - 9), back))))
      ) {
        if (words.length) at = back;
        else join(word.toUpperCase());
        break;
      }
      if (reference) {
        if (!words.length) return set(Number(reference[1]));
        at = back;
        break;
      }
      words.push(word);
    }
    return words.length ? atom(words.join(" ")) : undefined;
  };
  /** A term with its tag, or a range of dates. */
  const atom = (text: string): Expression | undefined => {
    let own = tag();
    const range = /^\s*:\s*"?([\d/]+)"?/.exec(line.slice(at));
    if (range && /^[\d/]+$/.test(text)) {
      at += range[0].length;
      own = tag() ?? own;
      return { kind: "atom", key: `${text}:${range[1]}|${(own ?? "").toLowerCase().replace(/[^a-z0-9~:]/g, "")}` };
    }
    const inOne = /^([\d/]+):([\d/]+)$/.exec(text);
    if (inOne)
      return { kind: "atom", key: `${inOne[1]}:${inOne[2]}|${(own ?? "").toLowerCase().replace(/[^a-z0-9~:]/g, "")}` };
    return /[\p{L}\p{N}]/u.test(text) ? { kind: "atom", key: atomKey(text, own) } : undefined;
  };
  return expression(0);
}

/** Whether the expression holds where the atoms in `holds` do: strictly from left to right. */
export function truth(
  expression: Expression,
  holds: (key: string) => boolean,
  known = new Map<Expression, boolean>(),
): boolean {
  if (expression.kind === "atom") return holds(expression.key);
  const before = known.get(expression); // a set that many lines name is worked out once
  if (before !== undefined) return before;
  let so = false;
  for (const [i, [operator, part]] of expression.parts.entries()) {
    const value = truth(part, holds, known);
    if (i === 0) so = operator === "NOT" ? !value : value;
    else so = operator === "OR" ? so || value : operator === "NOT" ? so && !value : so && value;
  }
  known.set(expression, so);
  return so;
}

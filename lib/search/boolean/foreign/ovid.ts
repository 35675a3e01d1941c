import { codes, subheadingOf, tagOf } from "./ovid-fields";
import { tokensOf, type Token } from "./ovid-tokens";
import { limits } from "../syntax/parser";
import type { SetMark } from "../syntax/set-references";
import type { Link, Near, Parsed, Query, SetReference, Term } from "../syntax/query";

const slashed = new RegExp(String.raw`^(.*?)/((?:${codes}),?)?$`, "i");

/** Gives the line of a history with this number; undefined where the history has none. */
export type SetOf = (number: number) => SetReference | undefined;

/**
 * Reads one line of a search by Ovid's rules:
 *
 *   (a or b).ti,ab.    the suffix gives its field to all terms inside that have none;
 *                      a line without a suffix is searched as `.mp.`, here all fields
 *   lung cancer.tw.    words side by side are a phrase, which finds nothing where it occurs nowhere
 *   exp Asthma/di      a heading with a subheading; *Asthma/ is a major topic.
 *                      The records hold no tree of headings, so nothing is exploded
 *   a adj3 b           at most two words stand between a and b, in any order;
 *                      `adj` alone: b follows a directly
 *   child$ child* child: truncation; child$3 adds three letters at most.
 *                      ? stands for one letter or none, and # for one
 *   3 and x.pt.        in a history, 3 stands for what line 3 found; `setOf` gives the lines
 *
 * adj binds closest, then AND and NOT, then OR. PubMed knows no precedence. Every line can be read; `warnings` tells of
 * repairs.
 */
export function parseOvid(line: string, setOf: SetOf = () => undefined): Parsed {
  const warnings: string[] = [];
  const reader = new Reader(tokensOf(line), warnings, setOf);
  const query = reader.query();
  return { ...(query ? { query } : {}), warnings: [...new Set(warnings)] };
}

class Reader {
  private at = 0;
  private terms = 0;

  constructor(
    private readonly all: readonly Token[],
    private readonly warnings: string[],
    private readonly setOf: SetOf,
  ) {}

  query(): Query | undefined {
    const whole = this.parts(0);
    return whole && this.withField(whole, "all");
  }

  /**
   * Reads up to the closing parenthesis or, at depth 0, to the end. Two operands without an operator between them are
   * ANDed.
   */
  private parts(depth: number): Query | undefined {
    const parts: Query[] = [];
    while (this.at < this.all.length && (depth === 0 || this.all[this.at]!.kind !== "close")) {
      const before = this.at;
      const part = this.either(depth);
      if (part) parts.push(part);
      if (this.at > before) continue;
      if (this.all[this.at]!.kind === "close")
        this.warnings.push('unbalanced parenthesis: a ")" without its "(" was left out');
      this.at++; // a closing parenthesis, or an operator without an operand
    }
    if (parts.length > 1) this.warnings.push("an operator is missing: the parts on both sides were joined by AND");
    return group("AND", parts);
  }

  private either(depth: number): Query | undefined {
    return this.series(["or"], () => this.series(["and", "not"], () => this.near(depth)));
  }

  /** Reads operands that are joined by some of the operators, from left to right. */
  private series(operators: readonly string[], operand: () => Query | undefined): Query | undefined {
    const links: Link[] = [];
    let operator = "and";
    for (;;) {
      const query = operand();
      if (query)
        links.push({
          operator: (links.length || operator === "not" ? operator.toUpperCase() : "AND") as Link["operator"],
          query,
        });
      const next = this.operator();
      if (next === undefined || !operators.includes(next)) break;
      operator = next;
      this.at++;
    }
    return links.length === 1 && links[0]!.operator !== "NOT"
      ? links[0]!.query
      : links.length
        ? { kind: "group", links }
        : undefined;
  }

  private near(depth: number): Query | undefined {
    let left = this.operand(depth);
    let chained = 0;
    for (let distance = this.adjacency(); distance; distance = this.adjacency()) {
      this.at++;
      const right = this.operand(depth);
      if (++chained > limits.depth)
        this.warnings.push(`more than ${limits.depth} adjacencies in a chain: the further ones were left out`);
      else left = left && right ? ({ kind: "near", left, right, ...distance } satisfies Near) : (left ?? right);
    }
    return left;
  }

  private operand(depth: number): Query | undefined {
    const token = this.all[this.at];
    if (!token || token.kind === "close") return undefined;
    if (token.kind === "suffix") return void this.at++;
    if (token.kind === "sets") {
      this.at++;
      return this.sets(token.mark);
    }
    if (token.kind === "open") {
      this.at++;
      if (depth >= limits.depth) this.warnings.push(`parentheses nested deeper than ${limits.depth} were left out`);
      const inner = depth < limits.depth ? this.parts(depth + 1) : undefined;
      if (depth >= limits.depth) this.skip();
      else if (this.all[this.at]?.kind === "close") this.at++;
      else this.warnings.push('unbalanced parenthesis: a missing ")" was added at the end');
      return this.inField(inner);
    }
    return this.term();
  }

  /**
   * The query of the lines that a reference names. A number that names no line stays as a reference, since a field may
   * make it a word.
   */
  private sets({ operator, numbers, bare }: SetMark): Query | undefined {
    const sets = numbers.map((number) => this.setOf(number) ?? ({ kind: "set", number } satisfies SetReference));
    const [only] = sets;
    if (bare && only && this.setOf(only.number) === undefined) this.unknown.add(only);
    return group(operator, sets);
  }

  private readonly unknown = new Set<Query>(); // references by a number alone to a line that does not exist

  /**
   * Reads words and quoted phrases side by side, up to an operator, a parenthesis, a suffix or the slash of a heading.
   */
  private term(): Query | undefined {
    const words: string[] = [];
    for (
      let token = this.all[this.at];
      token && (token.kind === "word" || token.kind === "quoted");
      token = this.all[this.at]
    ) {
      if (this.operator() !== undefined || this.adjacency() !== undefined) break;
      this.at++;
      const slash = token.kind === "word" ? slashed.exec(token.text) : undefined;
      if (slash) return this.heading([...words, slash[1]!].join(" "), slash[2] ?? "");
      words.push(token.text);
    }
    const text = words.join(" ").trim();
    if (!/[\p{L}\p{N}]/u.test(text)) return undefined;
    return this.counted(this.inField({ kind: "term", text: truncated(text), quoted: true, exact: true }));
  }

  /** Reads the codes behind the slash of a heading, which may stand apart: `exp Pancreas/ab, pa`. */
  private heading(text: string, codes: string): Query | undefined {
    let all = codes;
    for (
      let token = this.all[this.at];
      all.endsWith(",") && token?.kind === "word" && /^[a-z]{2},?$/i.test(token.text);
      token = this.all[this.at]
    ) {
      all += token.text;
      this.at++;
    }
    // CONTRACEPTION/ EXP
    if (this.all[this.at]?.kind === "word" && /^exp$/i.test((this.all[this.at] as { text: string }).text)) this.at++;
    const name = text.replace(/^\*?\s*exp\s+/i, "");
    const tag = /^\*|^exp\s+\*/i.test(text) ? "majr" : "mh";
    const plain = name.replace(/^\*\s*/, "").trim();
    if (!plain) return undefined;
    const qualified = all
      .split(",")
      .map((code) => code.trim())
      .filter(Boolean)
      .map((code) => `${plain}/${subheadingOf(code)}`);
    return this.counted(
      group(
        "OR",
        (qualified.length ? qualified : [plain]).map(
          (each): Term => ({ kind: "term", text: each, quoted: false, exact: true, tag }),
        ),
      ),
    );
  }

  private counted(query: Query | undefined): Query | undefined {
    if (++this.terms === limits.terms + 1) this.warnings.push(`too many terms: read the first ${limits.terms}`);
    return this.terms <= limits.terms ? query : undefined;
  }

  /** `query` in the field of the suffix that follows it, if one follows. */
  private inField(query: Query | undefined): Query | undefined {
    const token = this.all[this.at];
    if (token?.kind !== "suffix") return query;
    this.at++;
    return query && this.withField(query, tagOf(token.text));
  }

  /**
   * Gives `tag` to the terms of a query that have none. The terms of another line keep their fields. A number that
   * names no line becomes a word with this tag.
   */
  private withField(query: Query, tag: string): Query {
    switch (query.kind) {
      case "group":
        return {
          kind: "group",
          links: query.links.map(({ operator, query: part }) => ({ operator, query: this.withField(part, tag) })),
        };
      case "near":
        return { ...query, left: this.withField(query.left, tag), right: this.withField(query.right, tag) };
      case "set":
        return this.unknown.has(query) && tag !== "all"
          ? inTag({ kind: "term", text: String(query.number), quoted: true, exact: true }, tag)
          : query;
      case "term":
        return query.tag === undefined ? inTag(query, tag) : query;
      case "range":
        return query;
    }
  }

  private operator(): string | undefined {
    const token = this.all[this.at];
    return token?.kind === "word" && /^(and|or|not)$/i.test(token.text) ? token.text.toLowerCase() : undefined;
  }

  private adjacency(): Pick<Near, "within" | "ordered"> | undefined {
    const token = this.all[this.at];
    const [, within] = token?.kind === "word" ? (/^adj(\d{0,2})$/i.exec(token.text) ?? []) : [];
    return within === undefined ? undefined : { within: Math.max(0, Number(within || 1) - 1), ordered: within === "" };
  }

  private skip(): void {
    for (let open = 1; open > 0 && this.at < this.all.length; this.at++)
      open += this.all[this.at]!.kind === "open" ? 1 : this.all[this.at]!.kind === "close" ? -1 : 0;
  }
}

const inTag = (term: Term, tag: string): Term => ({
  ...term,
  text: tag === "sh" ? subheadingOf(term.text) : term.text,
  quoted: tag !== "sh" && tag !== "mh" && term.quoted,
  tag,
});

/** Joins queries with one operator. A single query is returned as it is; without any query the result is undefined. */
export const group = (operator: Link["operator"], queries: readonly Query[]): Query | undefined =>
  queries.length < 2
    ? queries[0]
    : { kind: "group", links: queries.map((query, i) => ({ operator: i === 0 ? "AND" : operator, query })) };

/** The text with a final `$` or `:` as PubMed's `*`. */
const truncated = (text: string): string => text.replace(/(?<=[\p{L}\p{N}])(?:\$(?!\d)|:)(?=\s|$|-)/gu, "*");

import { codes, subheadingOf, suffix, tagOf } from "./ovid-fields";
import { limits } from "./parser";
import type { Link, Parsed, Query, Term } from "./syntax";
import { plain } from "./typography";

type Token = { readonly kind: "open" | "close" } | { readonly kind: "suffix" | "quoted" | "word"; readonly text: string };

/** Whether a line is written for Ovid: a field suffix, a heading with a slash, adjacency or a `$`, and no tag in brackets. */
export function looksLikeOvid(line: string): boolean {
  if (/\[(tiab|mh|mesh|mesh terms|majr|tw|ti|ab|pt|all fields|sh|dp|au|title\/abstract|all)(:[^\]]*)?\]/i.test(line)) return false;
  return line.search(suffix) >= 0 || signs.test(line);
}

const signs = new RegExp(String.raw`^\s*\*?exp\s+\S.*/|\w"?/(?:${codes})?(?=\s|$|\))|\sadj\d*\s|[a-z]{3}\$`, "i");
const slashed = new RegExp(String.raw`^(.*?)/((?:${codes}),?)?$`, "i");

/**
 * Reads one line of a search as Ovid does, into the same syntax as PubMed's:
 *
 *   (a or b).ti,ab.    the field of everything inside that has none of its own; without a suffix `.mp.`, here all fields
 *   lung cancer.tw.    words side by side are a phrase
 *   exp Asthma/di      a heading, with a subheading; *Asthma/ as major topic. Our records carry no tree, so nothing is exploded
 *   a adj3 b           at most two words between them, in any order; `adj` alone: side by side
 *   child$ child* child: truncation. Inside a word ? is one letter or none and # is one: the letters in which spellings differ are tried
 *
 * adj binds closest, then AND and NOT, then OR. (PubMed knows no precedence.) Anything can be read; repairs are told in `warnings`.
 */
export function parseOvid(line: string): Parsed {
  const warnings: string[] = [];
  const reader = new Reader(tokensOf(line), warnings);
  const query = reader.query();
  return { ...(query ? { query } : {}), warnings: [...new Set(warnings)] };
}

function tokensOf(line: string): Token[] {
  const text = withoutHeadingsParentheses(plain(line)).replace(/\[[^\[\]]*\]/g, " ").replace(suffix, (_, loose?: string, strict?: string) => `\u0001${loose ?? strict}\u0001 `);
  return [...text.matchAll(/([()])|\u0001([^\u0001]*)\u0001|"([^"]*)"|([^\s()"\u0001]+)/g)].map(([, parenthesis, field, quoted, word]): Token =>
    parenthesis ? { kind: parenthesis === "(" ? "open" : "close" } : field !== undefined ? { kind: "suffix", text: field } : quoted !== undefined ? { kind: "quoted", text: quoted.trim() } : { kind: "word", text: word! });
}

/** `exp Power (Psychology)/`: the parentheses of a heading's own name are none of the search, and its key has no place for them. */
const withoutHeadingsParentheses = (line: string): string =>
  line.replace(/(?<=\w\s?)\(([^()]*)\)(?=\s*\/)/g, (whole: string, inner: string, at: number) =>
    /\b(?:and|or|not|exp|adj\d*)\s?$/i.test(line.slice(Math.max(0, at - 8), at)) || /\b(?:and|or|not|adj\d*)\b/i.test(inner) ? whole : ` ${inner}`);

const mostPairs = 40; // proximity searches for one adj; beyond that the two sides are ANDed

class Reader {
  private at = 0;
  private terms = 0;

  constructor(private readonly all: readonly Token[], private readonly warnings: string[]) {}

  query(): Query | undefined {
    const parts: Query[] = [];
    while (this.at < this.all.length) {
      const before = this.at;
      const part = this.either(0);
      if (part) parts.push(part);
      if (this.at === before) this.at++; // a parenthesis too many, or an operator without a side
    }
    if (parts.length > 1) this.warnings.push("unbalanced parenthesis: its parts were joined by AND");
    const whole = group("AND", parts);
    return whole && withField(whole, "all");
  }

  private either(depth: number): Query | undefined {
    return this.series(["or"], () => this.series(["and", "not"], () => this.near(depth)));
  }

  /** Operands joined by some of the operators, from left to right. */
  private series(operators: readonly string[], operand: () => Query | undefined): Query | undefined {
    const links: Link[] = [];
    let operator = "and";
    for (;;) {
      const query = operand();
      if (query) links.push({ operator: (links.length || operator === "not" ? operator.toUpperCase() : "AND") as Link["operator"], query });
      const next = this.operator();
      if (next === undefined || !operators.includes(next)) break;
      operator = next;
      this.at++;
    }
    return links.length === 1 && links[0]!.operator !== "NOT" ? links[0]!.query : links.length ? { kind: "group", links } : undefined;
  }

  private near(depth: number): Query | undefined {
    let left = this.operand(depth);
    for (let match = this.adjacency(); match; match = this.adjacency()) {
      this.at++;
      const right = this.operand(depth);
      left = left && right ? this.besides(left, right, match) : left ?? right;
    }
    return left;
  }

  /** Every pair of both sides as a proximity search; `adj1` is a phrase. */
  private besides(left: Query, right: Query, within: number): Query {
    const [a, b] = [alternatives(left), alternatives(right)];
    if (!a || !b || a.length * b.length > mostPairs) {
      this.warnings.push(`adj${within} between large groups was searched as AND`);
      return { kind: "group", links: [{ operator: "AND", query: left }, { operator: "AND", query: right }] };
    }
    const pairs = a.flatMap((one) => b.map((other): Term => {
      const text = `${one.text} ${other.text}`;
      return within <= 1 ? { kind: "term", text, quoted: true } : { kind: "term", text, quoted: true, tag: `~${within - 1}` };
    }));
    return group("OR", pairs)!;
  }

  private operand(depth: number): Query | undefined {
    const token = this.all[this.at];
    if (!token || token.kind === "close") return undefined;
    if (token.kind === "suffix") return void this.at++;
    if (token.kind === "open") {
      this.at++;
      if (depth >= limits.depth) this.warnings.push(`parentheses nested deeper than ${limits.depth} were left out`);
      const inner = depth < limits.depth ? this.either(depth + 1) : undefined;
      if (depth >= limits.depth) this.skip();
      else if (this.all[this.at]?.kind === "close") this.at++;
      const field = this.field();
      return inner && field !== undefined ? withField(inner, field) : inner;
    }
    return this.term();
  }

  /** Words and quoted phrases side by side, up to an operator, a parenthesis, a suffix or the slash of a heading. */
  private term(): Query | undefined {
    const words: string[] = [];
    for (let token = this.all[this.at]; token && (token.kind === "word" || token.kind === "quoted"); token = this.all[this.at]) {
      if (this.operator() !== undefined || this.adjacency() !== undefined) break;
      this.at++;
      const slash = token.kind === "word" ? slashed.exec(token.text) : undefined;
      if (slash) return this.heading([...words, slash[1]!].join(" "), slash[2] ?? "");
      words.push(token.text);
    }
    const text = words.join(" ").trim();
    if (!/[\p{L}\p{N}]/u.test(text)) return undefined;
    const field = this.field();
    const query = group("OR", spellings(text).map((each): Term => ({ kind: "term", text: each, quoted: true })));
    return this.counted(query && field !== undefined ? withField(query, field) : query);
  }

  /** `exp Pancreas/ab, pa`: the codes behind the slash may stand apart. */
  private heading(text: string, codes: string): Query | undefined {
    let all = codes;
    for (let token = this.all[this.at]; all.endsWith(",") && token?.kind === "word" && /^[a-z]{2},?$/i.test(token.text); token = this.all[this.at]) {
      all += token.text;
      this.at++;
    }
    if (this.all[this.at]?.kind === "word" && /^exp$/i.test((this.all[this.at] as { text: string }).text)) this.at++; // CONTRACEPTION/ EXP
    const name = text.replace(/^\*?\s*exp\s+/i, "");
    const tag = /^\*|^exp\s+\*/i.test(text) ? "majr" : "mh";
    const plain = name.replace(/^\*\s*/, "").trim();
    if (!plain) return undefined;
    const qualified = all.split(",").map((code) => code.trim()).filter(Boolean).map((code) => `${plain}/${subheadingOf(code)}`);
    return this.counted(group("OR", (qualified.length ? qualified : [plain]).map((each): Term => ({ kind: "term", text: each, quoted: false, tag }))));
  }

  private counted(query: Query | undefined): Query | undefined {
    if (++this.terms === limits.terms + 1) this.warnings.push(`too many terms: read the first ${limits.terms}`);
    return this.terms <= limits.terms ? query : undefined;
  }

  private field(): string | undefined {
    const token = this.all[this.at];
    if (token?.kind !== "suffix") return undefined;
    this.at++;
    return tagOf(token.text);
  }

  private operator(): string | undefined {
    const token = this.all[this.at];
    return token?.kind === "word" && /^(and|or|not)$/i.test(token.text) ? token.text.toLowerCase() : undefined;
  }

  private adjacency(): number | undefined {
    const token = this.all[this.at];
    const [, within] = token?.kind === "word" ? /^adj(\d{0,2})$/i.exec(token.text) ?? [] : [];
    return within === undefined ? undefined : Number(within || 1);
  }

  private skip(): void {
    for (let open = 1; open > 0 && this.at < this.all.length; this.at++) open += this.all[this.at]!.kind === "open" ? 1 : this.all[this.at]!.kind === "close" ? -1 : 0;
  }
}

/** Joins queries with one operator; none is undefined, one is itself. */
export const group = (operator: Link["operator"], queries: readonly Query[]): Query | undefined =>
  queries.length < 2 ? queries[0] : { kind: "group", links: queries.map((query, i) => ({ operator: i === 0 ? "AND" : operator, query })) };

/** Gives `tag` to the terms that have none; `~2` becomes `tiab:~2`. */
function withField(query: Query, tag: string): Query {
  if (query.kind === "group") return { kind: "group", links: query.links.map(({ operator, query: part }) => ({ operator, query: withField(part, tag) })) };
  if (query.kind === "range" || (query.tag !== undefined && !query.tag.startsWith("~"))) return query;
  if (tag === "sh" || tag === "mh") return { ...query, text: tag === "sh" ? subheadingOf(query.text) : query.text, quoted: false, tag };
  return { ...query, tag: `${tag}${query.tag ? `:${query.tag}` : ""}` };
}

/** The terms of an OR, as far as it is nothing but one. */
function alternatives(query: Query): readonly Term[] | undefined {
  if (query.kind === "term") return query.tag === undefined ? [query] : undefined;
  if (query.kind === "range" || query.links.some(({ operator }, i) => i > 0 && operator !== "OR")) return undefined;
  const parts = query.links.map(({ query: part }) => alternatives(part));
  return parts.every((part): part is readonly Term[] => part !== undefined) ? parts.flat() : undefined;
}

const inside = { "?": ["", "a", "e", "o", "u", "l", "s"], "#": ["a", "e", "i", "o", "u", "y", "s", "z"] } as const; // behavio?r, wom#n, organi#ation

/** A text without Ovid's wild cards: `$` and `:` become `*`, and a ? or # inside a word the spellings it stands for, two of them at most. */
function spellings(text: string): string[] {
  const truncated = text.replace(/(?<=\w)([$*]\d*|:)(?=\s|$|-)/g, "*").replace(/\?(?=\s|$)/g, "*");
  let all = [truncated];
  for (let i = 0; i < 2; i++) all = all.flatMap((each) => {
    const [, before, sign, after] = /^(.*?\w)([?#])(\w.*)$/.exec(each) ?? [];
    return sign === undefined ? [each] : inside[sign as keyof typeof inside].map((letter) => `${before}${letter}${after}`);
  });
  return all.map((each) => each.replace(/[?#$]/g, ""));
}

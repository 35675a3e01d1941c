import { fieldOf } from "./fields";
import { tokens, type Token } from "./lexer";
import type { Link, Operator, Parsed, Query } from "./query";
import { supported } from "./unsupported";

/**
 * Bounds on the length of a query. People write far shorter ones: of 517 published queries the longest has 24,230
 * characters.
 */
export const limits = {
  characters: 100_000, // of a query; the rest is cut off
  depth: 64, // of parentheses within parentheses; deeper ones are ignored
  terms: 10_000, // operands of a query
};

/**
 * Reads a query as PubMed does. Operators have no precedence and are taken from left to right. Operands side by side
 * are ANDed. Words side by side are one term. A tag belongs to the whole term before it.
 *
 * Operators are in upper case. In lower case they count only beside a parenthesis, a quoted phrase or a tag, as in
 * `humans[mh] not (animals[mh])`. Within plain words, as in a sentence, they are stop words.
 *
 * Every text can be read. What is unbalanced, empty or out of place is repaired, and `warnings` says so.
 */
export function parse(text: string): Parsed {
  const warnings: string[] = [];
  if (text.length > limits.characters)
    warnings.push(`query too long: ${text.length} characters, read the first ${limits.characters}`);
  const read = tokens(text.slice(0, limits.characters));
  const query = new Reader(read.tokens, warnings).query();
  return { ...(query ? { query } : {}), warnings: [...read.warnings, ...warnings] };
}

const longestName = 24; // tokens in the name of a heading with parentheses

const looksLikeDate = (text: string): boolean => /^\d[\d/.\-]*$/.test(text);

class Reader {
  private at = 0;
  private terms = 0;
  private readonly told = new Set<string>();

  constructor(
    private readonly all: readonly Token[],
    private readonly warnings: string[],
  ) {}

  query(): Query | undefined {
    const query = this.group(0);
    if (this.terms > limits.terms) this.warn(`too many terms: read the first ${limits.terms} of ${this.terms}`);
    return query;
  }

  /** Reads up to the closing parenthesis, or to the end of the query. `depth` 0 is the whole query. */
  private group(depth: number): Query | undefined {
    const links: Link[] = [];
    let operator: Operator | undefined;
    let closed = false;
    for (let token = this.all[this.at]; token && !closed; token = this.all[this.at]) {
      const named = this.operatorAt(this.at);
      if (named) {
        if (operator && !(operator === "AND" && named === "NOT"))
          this.warn(`operators side by side: ${operator} ${named}, read as ${named === "NOT" ? named : operator}`);
        operator = operator && named !== "NOT" ? operator : named;
        this.at++;
      } else if (token.kind === "close") {
        this.at++;
        if (depth > 0) closed = true;
        else this.warn('unbalanced parenthesis: a ")" without its "(" was left out');
      } else {
        const query = this.operand(depth);
        if (!query) continue;
        if (!links.length && operator && operator !== "NOT")
          this.warn(`operator without a left side: ${operator} was left out`);
        links.push({ operator: links.length || operator === "NOT" ? (operator ?? "AND") : "AND", query });
        operator = undefined;
      }
    }
    if (depth > 0 && !closed) this.warn('unbalanced parenthesis: a missing ")" was added at the end');
    if (operator) this.warn(`operator without a right side: ${operator} was left out`);
    const [first] = links;
    if (!first) {
      if (depth > 0) this.warn("empty parentheses were left out");
      return undefined;
    }
    return links.length === 1 && first.operator !== "NOT" ? first.query : { kind: "group", links };
  }

  /** Reads one operand. Its tokens are consumed, also where they give no query. */
  private operand(depth: number): Query | undefined {
    const token = this.all[this.at]!;
    if (token.kind === "open") {
      this.at++;
      if (depth + 1 <= limits.depth) return this.tagged(this.group(depth + 1));
      this.warn(`parentheses nested deeper than ${limits.depth} were left out`);
      this.skipGroup();
      return undefined;
    }
    if (token.kind === "quoted") {
      this.at++;
      return this.term(token.text, true);
    }
    if (token.kind === "word") return this.term(this.run() + this.rest(), false);
    if (token.kind === "tag") this.warn(`field tag without a term: [${token.text}] was left out`);
    this.at++; // a tag or a colon without a term before it
    return undefined;
  }

  /** Reads words side by side, up to an operator, the first date of a range, or a token that is no word. */
  private run(): string {
    const words: string[] = [];
    for (let token = this.all[this.at]; token?.kind === "word"; token = this.all[++this.at]) {
      if (
        words.length &&
        (this.operatorAt(this.at) || (this.all[this.at + 1]?.kind === "colon" && looksLikeDate(token.text)))
      )
        break;
      words.push(token.text);
    }
    return words.join(" ");
  }

  /**
   * The rest of the words of a heading whose name holds parentheses, as in `Power (Psychology)[mh]`; "" where the
   * tokens are no such heading.
   */
  private rest(): string {
    let text = "";
    let at = this.at;
    for (let inside = false; ; at++) {
      if (at - this.at > longestName) return ""; // bounds the time for a text of parentheses
      const token = this.all[at];
      if (token?.kind === "word" && (inside || text) && this.operatorAt(at) === undefined) text += ` ${token.text}`;
      else if (token?.kind === (inside ? "close" : "open")) [inside, text] = [!inside, `${text}${inside ? ")" : " ("}`];
      else if (token?.kind === "tag" && !inside && text && /^(?:mesh|name)$/.test(fieldOf(token.text)?.kind ?? ""))
        break;
      else return "";
    }
    this.at = at;
    return text.replace(/\( /g, "(");
  }

  /** Reads the tag or the range behind a term. Undefined for a text without any letter or digit. */
  private term(text: string, quoted: boolean): Query | undefined {
    let tag = this.tag();
    if (this.all[this.at]?.kind === "colon") {
      const end = this.all[this.at + 1];
      if (end && (end.kind === "word" || end.kind === "quoted") && looksLikeDate(text) && looksLikeDate(end.text)) {
        this.at += 2;
        tag = this.tag() ?? tag;
        return this.counted({ kind: "range", from: text, to: end.text, tag: tag ?? "" });
      }
      this.at++; // a colon outside a range is punctuation
    }
    if (!/[\p{L}\p{N}]/u.test(text)) return undefined; // punctuation alone, as in humans[mh]/
    return this.counted(
      supported({ kind: "term", text, quoted, ...(tag === undefined ? {} : { tag }) }, (warning) => this.warn(warning)),
    );
  }

  private counted(query: Query): Query | undefined {
    return ++this.terms <= limits.terms ? query : undefined;
  }

  /** Leaves out a tag behind a closing parenthesis: in PubMed it belongs to nothing. */
  private tagged(query: Query | undefined): Query | undefined {
    const tag = this.tag();
    if (tag !== undefined) this.warn(`field tag behind parentheses: [${tag}] was left out`);
    return query;
  }

  private tag(): string | undefined {
    const token = this.all[this.at];
    if (token?.kind !== "tag") return undefined;
    this.at++;
    return token.text;
  }

  private operatorAt(at: number): Operator | undefined {
    const token = this.all[at];
    if (token?.kind !== "word" || !/^(and|or|not)$/i.test(token.text)) return undefined;
    const name = token.text.toUpperCase() as Operator;
    if (token.text === name) return name;
    const [before, after] = [this.all[at - 1]?.kind, this.all[at + 1]?.kind];
    return before === "close" || before === "tag" || before === "quoted" || after === "open" || after === "quoted"
      ? name
      : undefined;
  }

  private skipGroup(): void {
    for (let open = 1; open > 0 && this.at < this.all.length; this.at++) {
      const { kind } = this.all[this.at]!;
      open += kind === "open" ? 1 : kind === "close" ? -1 : 0;
    }
  }

  private warn(text: string): void {
    if (!this.told.has(text)) this.warnings.push(text);
    this.told.add(text);
  }
}

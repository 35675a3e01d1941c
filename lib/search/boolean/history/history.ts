import { foreignSyntax } from "../foreign/foreign-syntax";
import { withoutCounts } from "./hit-counts";
import type { PrintedHistory, PrintedLine } from "./history-lines";
import { group, parseOvid, type SetOf } from "../foreign/ovid";
import { isTagged, looksLikeOvid } from "../foreign/ovid-tokens";
import { parse } from "../syntax/parser";
import { commandOf } from "./set-commands";
import { limitsOf } from "./set-limits";
import { marked, setMarks } from "../syntax/set-references";
import type { Parsed, Query, SetReference } from "../syntax/query";

/** A line of a history, as it was read. */
interface HistorySet {
  readonly number: number;
  readonly text: string; // the text as printed, without number and count of hits
  readonly query?: Query; // absent for a line that could not be read; `warnings` says why
  readonly warnings: readonly string[];
}

/** What the lines of one history have in common. */
interface Kind {
  readonly ovid: boolean; // a line is Ovid's where it does not show its language
  readonly tags: boolean; // some line has a tag of PubMed's
  readonly letter: boolean; // lines are called S1, S2, as in EBSCO
  readonly search: boolean; // lines begin with the word "Search", as in earlier exports of PubMed
}

/** The query of a history: the query of its last line. */
export function historyQuery(printed: PrintedHistory): Parsed {
  const sets = historySets(printed);
  const query = sets.at(-1)?.query;
  return {
    ...(query ? { query } : {}),
    warnings: [...new Set([...printed.warnings, ...sets.flatMap((set) => set.warnings)])],
  };
}

/** All lines of a history. References to earlier lines are resolved. */
export function historySets({ lines, numbered }: PrintedHistory): HistorySet[] {
  const texts = withoutCounts(lines.map(({ text }) => text));
  const kind: Kind = {
    tags: texts.some(isTagged),
    ovid: texts.filter((text) => looksLikeOvid(text)).length > texts.filter((text) => isTagged(text)).length,
    letter: texts.some((text) => /(?:^|[\s(])S\d{1,3}\b/.test(text)),
    search: texts.filter((text) => /^search\b/i.test(text)).length * 2 > texts.length,
  };
  const sets = new Map<number, HistorySet>();
  for (const [i, line] of lines.entries()) {
    const set = new LineReader({ ...line, text: texts[i]! }, sets, kind, numbered).read();
    // a number that is printed twice names the later line from here on; the last line must be the last entry
    sets.delete(line.number);
    sets.set(line.number, set);
  }
  return [...sets.values()];
}

const filtered = /\s(?:limits?|filters?)(?: activated| applied)?:\s*([^]+)$/i;
const sorting = /(?<!\s)\s*(?:sort(?:ed)? by|field):[\w\s]+$/i;
const combined = /^(?:final\s+)?(?:combined?|search:?)\s+(?!\s)((?:sets?\s+|lines?\s+)?[#(]?\s*\d{1,3}\b[^]*)$/i;

class LineReader {
  private readonly warnings: string[] = [];

  constructor(
    private readonly line: PrintedLine,
    private readonly sets: ReadonlyMap<number, HistorySet>,
    private readonly kind: Kind,
    private readonly numbered: boolean,
  ) {}

  read(): HistorySet {
    const { number, text } = this.line;
    const query = this.query();
    return { number, text, ...(query ? { query } : {}), warnings: this.warnings };
  }

  private warn(text: string): void {
    this.warnings.push(`line ${this.line.number} ${text}`);
  }

  private query(): Query | undefined {
    const text = this.kind.search ? this.line.text.replace(/^search:?\s+/i, "") : this.line.text;
    if (!/[\p{L}\p{N}]/u.test(text)) return void this.warn("could not be read: it is empty");
    const foreign = foreignSyntax(text);
    if (foreign)
      return void this.warn(
        `could not be read: it is in the syntax of ${foreign.service} (${foreign.sign}), which is not read here`,
      );
    const [searched, filters] = split(text);
    const query = this.command(searched) ?? this.search(searched);
    const wanted = [filters, this.line.filters].filter(Boolean).join("; ");
    return query && wanted ? this.limited(query, wanted) : query;
  }

  /** The query of a line that is a command of Ovid's. */
  private command(text: string): Query | undefined {
    const command = commandOf(text);
    if (!command) return undefined;
    const last = [...this.sets.keys()].at(-1);
    const missing = !this.sets.has(command.number) && last !== undefined && !this.numbered;
    if (missing) this.warn(`names line ${command.number}, which does not stand before it: it was read as line ${last}`);
    const query = this.set(missing ? last : command.number);
    if (command.kind === "limit") return this.limited(query, command.wanted);
    if (command.lost) this.warn(`${command.lost}: it was read as line ${query.number}`);
    return query;
  }

  private limited(query: Query, wanted: string): Query {
    const limit = limitsOf(wanted, (text) => this.warnings.push(`line ${this.line.number}: limit left out: ${text}`));
    return group("AND", limit ? [query, limit] : [query])!;
  }

  private search(text: string): Query | undefined {
    const line = marked(combined.exec(text)?.[1] ?? text, this.kind, (warning) => this.warn(`is unclear: ${warning}`));
    // a $ among PubMed's tags is a typing error
    const ovid = this.kind.ovid ? !isTagged(line) : looksLikeOvid(this.kind.tags ? line.replace(/\$/g, " ") : line);
    const setOf: SetOf = (number) => (this.sets.has(number) ? this.set(number) : undefined);
    const parsed = ovid ? parseOvid(line, setOf) : parse(quotedMarks(line));
    for (const warning of parsed.warnings) this.warn(`was repaired: ${warning}`);
    const query = parsed.query && this.resolved(parsed.query);
    if (!query) this.warn("could not be read: nothing of it is a search");
    return query;
  }

  /**
   * Puts the queries of lines in the place of their marks, which PubMed's parser has read as quoted phrases. Warns of
   * numbers that name no line.
   */
  private resolved(query: Query): Query {
    switch (query.kind) {
      case "group":
        return {
          kind: "group",
          links: query.links.map(({ operator, query: part }) => ({ operator, query: this.resolved(part) })),
        };
      case "near":
        return { ...query, left: this.resolved(query.left), right: this.resolved(query.right) };
      case "set":
        return query.query ? query : this.set(query.number);
      case "term": {
        const mark = query.text.includes(setMarks.first) ? onlyMark.exec(query.text)?.[1] : undefined;
        if (mark === undefined) return query;
        const { operator, numbers } = setMarks.read(mark);
        return (
          group(
            operator,
            numbers.map((number) => this.set(number)),
          ) ?? { kind: "set", number: 0 }
        );
      }
      case "range":
        return query;
    }
  }

  /** The reference to another line, or a warning where it cannot be resolved. */
  private set(number: number): SetReference {
    const set = this.sets.get(number);
    if (!set) this.warn(`names line ${number}, which does not stand before it: it was left out there`);
    else if (!set.query) this.warn(`names line ${number}, which could not be read: it was left out there`);
    return { kind: "set", number, ...(set?.query ? { query: set.query } : {}) };
  }
}

const onlyMark = new RegExp(`^\\s*${setMarks.source}\\s*$`);
const anyMark = new RegExp(setMarks.source, "g");

/** Marks in quotes: PubMed's parser joins quoted phrases by lower-case operators too. */
const quotedMarks = (line: string): string => line.replace(anyMark, '"$&"');

/** A search, with the limits that PubMed prints behind it. */
function split(text: string): readonly [search: string, limits?: string] {
  const bare = text.replace(sorting, "");
  const [whole, wanted] = filtered.exec(bare) ?? [];
  return whole === undefined ? [bare] : [bare.slice(0, -whole.length), wanted!];
}

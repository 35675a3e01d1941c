import { fieldOf } from "./fields";
import { group, looksLikeOvid, parseOvid } from "./ovid";
import { limits, parse } from "./parser";
import type { Parsed, Query } from "./syntax";
import { plain } from "./typography";

/** Which language a query is read in. `detect`: Ovid's where it is clearly that, and searches of several numbered lines. */
export type Syntax = "detect" | "pubmed";

/**
 * Reads a query. What published reviews print is often a whole search history, a line a set, later lines joining earlier ones by
 * number (`or/1-5`, `6 and 12`, `#1 OR #2`, `limit 14 to ed=19460101-20161216`): then the last line is the query. PubMed itself
 * takes neither this nor Ovid's language, so that a warning says when either was read.
 */
export function readQuery(text: string, syntax: Syntax): Parsed {
  if (syntax === "pubmed") return parse(text);
  const cut = plain(text.slice(0, limits.characters));
  const lines = cut.split(/\r?\n/).map((line) => line.replace(/\[(?!(?:tiab|mh|mesh|tw|ti|ab|pt|all|sh|dp)\b)[^\[\]]{12,}\]\s*$/i, "").trim()).filter(Boolean); // remarks at the end of a line
  if (lines.length > 1 && lines.some(isJoin)) return history(lines, text.length);
  if (!looksLikeOvid(cut)) return parse(text);
  const { query, warnings } = parseOvid(cut.replace(/\s+/g, " "));
  return { ...(query ? { query } : {}), warnings: ["read as Ovid's syntax, which PubMed does not take", ...warnings] };
}

const reference = String.raw`#?\d{1,3}`;
const joining = new RegExp(String.raw`^[\s(]*${reference}[\s)]*(?:(?:and|or|not)[\s(]*${reference}[\s)]*)+$`, "i");
const listing = /^(and|or)\s*\/?\s*(\d[\d\s,-]*)$/i;
const limiting = /^limit\s+(\d{1,3})\s+to\s+(.+)$/i;
const isJoin = (line: string): boolean => joining.test(line) || listing.test(line) || limiting.test(line);

/** A set of the history, and how many terms it stands for once the sets it names are written out. */
interface Line {
  readonly query: Query | undefined;
  readonly size: number;
}

const mostTerms = 20_000; // in a history written out; a line that doubles the one before would otherwise never end

function history(lines: readonly string[], length: number): Parsed {
  const warnings = ["read as a search of numbered lines, which PubMed does not take", ...(length > limits.characters ? [`query too long: ${length} characters, read the first ${limits.characters}`] : [])];
  const sets: Line[] = [];
  const set = (number: number): Query | undefined => {
    if (!sets[number - 1]) warnings.push(`line ${sets.length + 1} names lines that do not stand before it`);
    return sets[number - 1]?.query;
  };
  const sizeOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + (sets[number - 1]?.size ?? 0), 0);
  for (const line of lines) {
    const numbers = isJoin(line) ? numbersIn(line, sets.length) : [];
    if (sizeOf(numbers) > mostTerms) {
      warnings.push(`line ${sets.length + 1} stands for more than ${mostTerms} terms and was left out`);
      sets.push({ query: undefined, size: 0 });
    } else if (isJoin(line)) sets.push({ query: joined(line, numbers, set, warnings), size: sizeOf(numbers) + 1 });
    else {
      const own = looksLikeOvid(line) ? parseOvid(line) : parse(line);
      warnings.push(...own.warnings);
      sets.push({ query: own.query, size: line.split(/\s+/).length });
    }
  }
  const query = sets.at(-1)?.query;
  return { ...(query ? { query } : {}), warnings: [...new Set(warnings)] };
}

/** The line numbers a joining line names, ranges written out. A limit to a line that is still to come means the line before it. */
function numbersIn(line: string, before: number): number[] {
  const [, , list] = listing.exec(line) ?? [];
  const [, limited] = limiting.exec(line) ?? [];
  if (limited !== undefined) return [Math.min(Number(limited), before)];
  if (list === undefined) return (line.match(/\d+/g) ?? []).map(Number);
  return list.split(",").flatMap((part) => {
    const [from = 0, last]: readonly (number | undefined)[] = (part.match(/\d+/g) ?? []).map(Number);
    const to = last ?? from;
    return from > 0 && to < 1000 ? Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i) : [];
  });
}

function joined(line: string, numbers: readonly number[], set: (number: number) => Query | undefined, warnings: string[]): Query | undefined {
  const [, operator] = listing.exec(line) ?? [];
  const [, , limit] = limiting.exec(line) ?? [];
  if (operator !== undefined || limit !== undefined) {
    const named = numbers.map(set).filter((query): query is Query => query !== undefined);
    const limited = limit === undefined ? undefined : limitOf(limit);
    if (limit !== undefined && !limited) warnings.push(`limit left out: ${limit}`);
    return limit === undefined ? group(operator!.toUpperCase() as "AND" | "OR", named) : group("AND", [...named, ...(limited ? [limited] : [])]);
  }
  const { query } = parse(line.replace(/#/g, "").replace(/\b(and|or|not)\b/gi, (word) => word.toUpperCase()));
  return query && substituted(query, set);
}

/** Puts the sets in the place of their numbers. */
function substituted(query: Query, set: (number: number) => Query | undefined): Query | undefined {
  if (query.kind === "term") return set(Number(query.text));
  if (query.kind === "range") return undefined;
  const links = query.links.flatMap(({ operator, query: part }) => {
    const found = substituted(part, set);
    return found ? [{ operator, query: found }] : [];
  });
  return links.length ? { kind: "group", links } : undefined;
}

/** `ed=19460101-20160720`, `yr="2005 -Current"`, `humans`; undefined for what our records do not say. */
function limitOf(text: string): Query | undefined {
  const [, field, from, to] = /^(ed|yr|dp|dt)\s*=?\s*"?\s*(\d{4,8})\s*-\s*(\d{4,8}|current)/i.exec(text) ?? [];
  const day = (digits: string): string => (/current/i.test(digits) ? "3000" : digits.replace(/^(\d{4})(\d\d)?(\d\d)?$/, (_, year: string, month?: string, date?: string) => [year, month, date].filter(Boolean).join("/")));
  if (field !== undefined) return { kind: "range", from: day(from!), to: day(to!), tag: /ed/i.test(field) ? "edat" : "dp" };
  return /^\(?humans?\b/i.test(text) ? { kind: "term", text: "humans", quoted: false, tag: "mh" } : undefined;
}

import { foreignSyntax } from "../foreign/foreign-syntax";
import { exportedLines } from "./history-export";
import { numberedLines, unnumberedLines, type PrintedHistory } from "./history-lines";
import { historyQuery } from "./history";
import { withoutCounts } from "./hit-counts";
import { looksLikeOvid } from "../foreign/ovid-tokens";
import { parseOvid } from "../foreign/ovid";
import { limits, parse } from "../syntax/parser";
import { commandOf } from "./set-commands";
import { isJoin } from "../syntax/set-references";
import type { Parsed } from "../syntax/query";
import { either } from "../../either";
import { plain } from "../text/typography";

/**
 * The languages that a query is read in. `detect` reads Ovid's where the query shows it, and searches of several lines.
 */
export type Syntax = "detect" | "pubmed";

/**
 * Reads a query. Published reviews often print a whole search history: each line is a set, and later lines join earlier
 * ones by number (`or/1-5`, `6 and 12`, `#1 OR #2`, `limit 14 to ed=19460101-20161216`). Then the last line is the
 * query. PubMed takes neither a history nor Ovid's language, so a warning says when either was read. A query in the
 * syntax of another service is not read, and a warning names the service.
 */
export function readQuery(text: string, syntax: Syntax): Parsed {
  if (syntax === "pubmed") return parse(text);
  const cut = plain(text.slice(0, limits.characters)).replace(/[\ue000-\ue002]/g, " ");
  const tooLong =
    text.length > limits.characters
      ? [`query too long: ${text.length} characters, read the first ${limits.characters}`]
      : [];
  const printed = printedHistory(cut);
  if (printed)
    return withWarnings(
      ["read as a search of numbered lines, which PubMed does not take", ...tooLong],
      historyQuery(printed),
    );
  const foreign = foreignSyntax(cut);
  if (foreign)
    return {
      warnings: [
        `written in the syntax of ${foreign.service} (${foreign.sign}), which is not read here: nothing was searched`,
      ],
    };
  const { header, body } = withoutHeader(cut);
  if (!looksLikeOvid(body)) return header ? withWarnings([header], parse(body)) : parse(text);
  return withWarnings(
    [...(header ? [header] : []), "read as Ovid's syntax, which PubMed does not take", ...tooLong],
    parseOvid(withoutCounts([body.replace(/\s+/g, " ").trim()])[0]!),
  );
}

/**
 * The lines of a text that is a search history; undefined for any other text. Of a text of one line, which is the usual
 * case, only the first characters are examined.
 */
export const printedHistory = (text: string): PrintedHistory | undefined =>
  !/[\n\r]/.test(text.trim())
    ? /^\s*(?:[#(\[]\s?)?0*1\D/.test(text)
      ? numberedLines(text, namesLines)
      : undefined
    : (exportedLines(text) ?? numberedLines(text, namesLines) ?? unnumberedLines(text, namesLines));

const namesLines = (line: string): boolean => isJoin(line) || commandOf(line) !== undefined;

const header = either(
  "i",
  /^\s*(?:search (?:strategy|terms) )?(?:for |in )?(?:ovid |epub )?(?:pubmed|medline)[^\n:[\]()]{0,40}:\s*(?=\S)/,
  /^\s*search:?\s+(?=\()/,
);

/** Cuts off the name of a database above a search, `PubMed:`, and the word "Search" before a parenthesis. */
function withoutHeader(text: string): { readonly header?: string; readonly body: string } {
  const [whole] = header.exec(text) ?? [];
  return whole === undefined
    ? { body: text }
    : { header: `left out, as no part of the search: ${whole.trim()}`, body: text.slice(whole.length) };
}

const withWarnings = (own: readonly string[], { query, warnings }: Parsed): Parsed => ({
  ...(query ? { query } : {}),
  warnings: [...new Set([...own, ...warnings])],
});

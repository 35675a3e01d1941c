/** Longer statements are refused: none that anybody means has a million characters. */
const longest = 1_000_000;

/** What Python's sqlite3 refuses, and whether anything is there to run. */
export interface Statement {
  readonly blank: boolean; // nothing but white space, semicolons and comments
  readonly end: number; // index after the first statement, without its semicolon
  readonly unseen?: string; // refused before SQLite sees the text, in the words of Python's sqlite3
  readonly refused?: string; // refused where SQLite could compile the first statement, in the same words
}

/**
 * Looks at `sql` as `sqlite3.Cursor.execute(sql)` does: one statement, without parameters. The libraries below
 * would run the first of several and drop the rest, read NULL for a parameter and stop at a NUL. Takes linear time.
 */
export function statement(sql: string): Statement {
  const whole = { blank: false, end: sql.length };
  if (sql.includes("\0")) return { ...whole, unseen: "the query contains a null character" };
  if (sql.length > longest)
    return { ...whole, unseen: `query string is too large: ${sql.length} characters, at most ${longest} are run` };
  let parameters = 0;
  let end = 0; // of the first statement's last token
  let ended = false;
  for (let at = 0; at < sql.length; ) {
    const { kind, after } = tokenAt(sql, at);
    if (kind === "end" && !ended) ended = end > 0;
    else if (kind !== "space") {
      if (ended) return { blank: false, end, refused: "You can only execute one statement at a time." };
      if (kind === "parameter") parameters++;
      end = after;
    }
    at = after;
  }
  if (parameters > 0)
    return {
      blank: false,
      end,
      refused: `Incorrect number of bindings supplied. The current statement uses ${parameters}, and there are 0 supplied.`,
    };
  return { blank: end === 0, end };
}

type Kind = "space" | "end" | "parameter" | "other";

/** Tokens that end where another character begins: white space as SQLite has it, `--` comments, parameters, words. */
const plain =
  /(?<space>[ \t\n\f\r\ufeff][ \t-\r\ufeff]*|--[^\n]*)|(?<end>;)|(?<parameter>\?\d*|[:@$][\w$\x80-\uffff]+)|[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/y;

/** The token that begins at `at`. One that is not closed takes the rest of the text, as SQLite has it. */
function tokenAt(sql: string, at: number): { readonly kind: Kind; readonly after: number } {
  const first = sql[at]!;
  if (sql.startsWith("/*", at) && at + 2 < sql.length) return { kind: "space", after: closed(sql, "*/", at + 2) };
  if (first === "[") return { kind: "other", after: closed(sql, "]", at + 1) };
  if (first === "'" || first === '"' || first === "`") return { kind: "other", after: closedQuote(sql, first, at + 1) };
  plain.lastIndex = at;
  const groups = plain.exec(sql)?.groups;
  if (!groups) return { kind: "other", after: at + 1 };
  const kind =
    groups["space"] !== undefined
      ? "space"
      : groups["end"] !== undefined
        ? "end"
        : groups["parameter"] !== undefined
          ? "parameter"
          : "other";
  return { kind, after: plain.lastIndex };
}

/** The index after the next `mark`. */
function closed(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found < 0 ? sql.length : found + mark.length;
}

/** The index after the quote that closes: one that is doubled does not. */
function closedQuote(sql: string, quote: string, from: number): number {
  for (let at = sql.indexOf(quote, from); at >= 0; at = sql.indexOf(quote, at + 2))
    if (sql[at + 1] !== quote) return at + 1;
  return sql.length;
}

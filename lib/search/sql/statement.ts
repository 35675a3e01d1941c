import { either } from "../either";

/** Characters of a statement. Longer statements are refused; useful ones are far shorter. */
const longest = 1_000_000;

/** What a statement is refused for, as in Python's sqlite3, and whether there is anything to run. */
export interface Statement {
  readonly blank: boolean; // it holds only white space, semicolons and comments
  readonly end: number; // the index after the first statement, without its semicolon
  readonly unseen?: string; // refused before SQLite sees the text, in the words of Python's sqlite3
  readonly refused?: string; // refused if SQLite could compile the first statement, in the same words
}

/**
 * Examines `sql` as `sqlite3.Cursor.execute(sql)` does: it must be one statement without parameters. The libraries
 * below would run the first of several statements and drop the rest, read NULL for a parameter, and stop at a NUL.
 * Takes linear time.
 */
export function statement(sql: string): Statement {
  const whole = { blank: false, end: sql.length };
  if (sql.includes("\0")) return { ...whole, unseen: "the query contains a null character" };
  if (sql.length > longest)
    return { ...whole, unseen: `query string is too large: ${sql.length} characters, at most ${longest} are run` };
  let parameters = 0;
  let end = 0; // the end of the last token of the first statement
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
      refused:
        "Incorrect number of bindings supplied. " +
        `The current statement uses ${parameters}, and there are 0 supplied.`,
    };
  return { blank: end === 0, end };
}

type Kind = "space" | "end" | "parameter" | "other";

/**
 * Tokens that end at the first character that is not part of them: white space (SQLite's), `--` comments, parameters,
 * words.
 */
const plain = either(
  "y",
  /(?<space>[ \t\n\f\r\ufeff][ \t-\r\ufeff]*|--[^\n]*)/,
  /(?<end>;)/,
  /(?<parameter>\?\d*|[:@$][\w$\x80-\uffff]+)/,
  /[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*/,
);

/** The token that begins at `at`. A token that is not closed takes the rest of the text, as in SQLite. */
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

/** The index after the closing quote. A doubled quote does not close. */
function closedQuote(sql: string, quote: string, from: number): number {
  for (let at = sql.indexOf(quote, from); at >= 0; at = sql.indexOf(quote, at + 2))
    if (sql[at + 1] !== quote) return at + 1;
  return sql.length;
}

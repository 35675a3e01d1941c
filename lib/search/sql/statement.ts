/** Strings, quoted names and comments, which hold no syntax; then `;`, parameters and everything else. */
const tokens = /(?<space>\s+|--[^\n]*|\/\*[^]*?(?:\*\/|$))|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|(?<end>;)|(?<parameter>\?\d*|[:@$][\p{L}_][\p{L}\p{N}_]*)|\p{L}[\p{L}\p{N}_$]*|[^]/gu;

/** Longer statements are refused: none that anybody means has a million characters, and looking at ten million takes more stack than there is. */
const longest = 1_000_000;

/** What is refused before a database sees it, as Python's sqlite3 refuses it, and whether anything is there to run. */
export interface Statement {
  readonly blank: boolean; // nothing but white space, semicolons and comments
  readonly refused?: string; // in the words of Python's sqlite3
}

/**
 * Looks at `sql` as `sqlite3.Cursor.execute(sql)` does: one statement, without parameters. The libraries below
 * would run the first of several and drop the rest, read NULL for a parameter and stop at a NUL.
 */
export function statement(sql: string): Statement {
  if (sql.includes("\0")) return { blank: false, refused: "the query contains a null character" };
  if (sql.length > longest) return { blank: false, refused: `query string is too large: ${sql.length} characters, at most ${longest} are run` };
  let parameters = 0;
  let text = false; // of the first statement
  let ended = false;
  for (const { groups } of sql.matchAll(tokens)) {
    if (groups!.space !== undefined) continue;
    if (groups!.end !== undefined) ended ||= text;
    else if (ended) return { blank: false, refused: "You can only execute one statement at a time." };
    else {
      text = true;
      if (groups!.parameter !== undefined) parameters++;
    }
  }
  if (parameters > 0) return { blank: false, refused: `Incorrect number of bindings supplied. The current statement uses ${parameters}, and there are 0 supplied.` };
  return { blank: !text };
}

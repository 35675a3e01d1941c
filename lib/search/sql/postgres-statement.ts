/** The first words of statements that read. */
const reading = /(?:select|with|values|table|explain|show)\b/iy;

/** Text that may stand before a statement: white space, semicolons, parentheses and `--` comments. */
const ahead = /[ \t\n\r\f\v(;]+|--[^\n\r]*/y;

/**
 * What stands at the beginning of `sql` after white space, comments and parentheses, as PostgreSQL reads it: a
 * statement that reads, another statement, nothing, or a comment without an end. Takes linear time.
 */
export function beginning(sql: string): "reads" | "other" | "blank" | "unclosed" {
  let at = 0;
  for (let from = -1; from !== at; ) {
    from = at;
    ahead.lastIndex = at;
    if (ahead.test(sql)) at = ahead.lastIndex;
    else if (sql.startsWith("/*", at)) at = afterComment(sql, at);
    if (at < 0) return "unclosed";
  }
  if (at === sql.length) return "blank";
  reading.lastIndex = at;
  return reading.test(sql) ? "reads" : "other";
}

/**
 * The index after the comment that opens at `from`; −1 if it does not end. Comments nest (PostgreSQL manual, 4.1.5).
 */
function afterComment(sql: string, from: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 0;
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return -1;
}

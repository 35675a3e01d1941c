/** What a statement may begin with, to be one that reads. */
const reading = /(?:select|with|values|table|explain|show)\b/iy;

/** White space, semicolons, parentheses and `--` comments, which may stand in front of a statement. */
const ahead = /[ \t\n\r\f\v(;]+|--[^\n\r]*/y;

/**
 * What PostgreSQL would find at the beginning of `sql`, after white space, comments and parentheses: a statement that
 * reads, another one, nothing, or a comment without an end. Takes linear time.
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
 * The index after the comment that opens at `from`, -1 where it does not end. Comments nest (PostgreSQL manual, 4.1.5).
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

const integer = String.raw`\d{1,3}(?:[,.' ]\d{3})+|\d+`;
const hits = "(?:hits?|results?|records?|references?|articles?|citations?)";
const bracketed = new RegExp(
  String.raw`(?<!\s)\s*[(\[<{]\s*(?:n\s*=\s*)?(?:${integer})(?:\s*${hits})?\s*[)\]>}]$`,
  "i",
);
const named = new RegExp(String.raw`(?<!\s)\s+(?:[-=:]\s*)?(?:${integer})\s+${hits}$`, "i");
const plain = new RegExp(String.raw`(?<!\s)\s+(?:[-=:]\s*)?(?:${integer})$`);
const time = /(?<!\s)\s+\d{1,2}:\d{2}:\d{2}$/;
const kind = /(?<!\s)\s+(?:advanced|basic|display(?: all)?|more|view results|edit)\b(?:\s+(?:display|more|▼|»).*)?$/i;
// matches a text behind which a number is no count
const joined = /(?:^|[\s()/])(?:(?:and|or)\s*\/|and|or|not|adj\d*|to|from|limit|keep)\s*\(?$|[#,]\s*$|=\s*"?$/i;

/**
 * Removes the counts of hits from the ends of lines, with the time of the search and the columns of web pages:
 * `(1,234)`, `[567]`, `1 234 hits`, `12345<tab>10:15:32`. A number without brackets counts as a count in two cases:
 * most lines end in one, or the text before it is complete. A text is complete behind a field, a heading, a
 * parenthesis, or the last of several joined numbers.
 */
export function withoutCounts(lines: readonly string[]): string[] {
  const bare = lines.map((line) =>
    line
      .replace(/[▲▼►»]/g, " ")
      .replace(time, "")
      .replace(kind, "")
      .replace(time, "")
      .trimEnd(),
  );
  const column = bare.length > 2 && bare.filter((line) => ends(line, plain)).length * 5 >= bare.length * 4;
  return bare.map((line) => {
    for (const pattern of [bracketed, named]) if (ends(line, pattern)) return line.replace(pattern, "").trimEnd();
    const [count] = plain.exec(line) ?? [];
    if (count === undefined || !ends(line, plain)) return line;
    const text = line.slice(0, -count.length).trimEnd();
    return column || /^\t/.test(count) || complete.test(text) ? text : line;
  });
}

/**
 * Whether a number without brackets behind `text` can be a count. In `or/1 6` the dash of a range is lost, and 6 is no
 * count.
 */
const complete =
  /(?:\.[a-z]{2}(?:,[a-z]{2})*\.?|\/[a-z]{0,2}|[)\]]|\d\s*-\s*#?\d+|,\s*#?\d+|(?:and|or|not) #?\d+|from #?\d+)$/i;

function ends(line: string, pattern: RegExp): boolean {
  const [count] = pattern.exec(line) ?? [];
  if (count === undefined) return false;
  const text = line.slice(0, -count.length).trimEnd();
  return /[\p{L}\p{N})\]/*"]/u.test(text) && !joined.test(text) && !/^\d+$/.test(text);
}

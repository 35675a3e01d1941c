/** An integer that is no number to JavaScript without losing digits. */
const many = /(?<![\w.+-])-?[1-9]\d{15,}(?![\w.+-])/g;
const mark = "\u0000integer:";

/**
 * `JSON.parse`, but integers past 2⁵³ are bigints: an identifier or an answer of 19 digits keeps them all, as in
 * Python's `json.loads`. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  const outside = text.split(/("[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$))/); // every second part is a string
  let marked = false;
  const exact = outside
    .map((part, i) =>
      i % 2
        ? part
        : part.replace(many, (digits) =>
            Number.isSafeInteger(Number(digits)) ? digits : ((marked = true), `${JSON.stringify(mark + digits)}`),
          ),
    )
    .join("");
  if (!marked) return JSON.parse(text) as unknown;
  return JSON.parse(exact, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as unknown;
}

/** `JSON.stringify` of what `parseJson` gives. */
export function writeJson(value: unknown): string {
  let marked = false;
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === "bigint" ? ((marked = true), mark + String(each)) : each,
  );
  return marked ? text.replace(/"\\u0000integer:(-?\d+)"/g, "$1") : text;
}

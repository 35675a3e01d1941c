/** What follows the label: an address, perhaps a title. Parentheses may stand in the address of a link, once. */
const target = /\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)(?:\s+"[^"]*")?\)/y;

/**
 * `text` with every `[label](address "title")` replaced by `make`; with `opener` "![" the pictures. A label holds no "]".
 * Takes linear time.
 */
export function withLinks(text: string, opener: "[" | "![", make: (label: string, url: string) => string): string {
  const pieces: string[] = [];
  let from = 0;
  let open = text.indexOf(opener);
  for (let close = text.indexOf("]"); close >= 0 && open >= 0; close = text.indexOf("]", close + 1)) {
    if (open > close) continue;
    const label = text.slice(open + opener.length, close);
    target.lastIndex = close + 1;
    const [, url] = opener === "![" || label !== "" ? (target.exec(text) ?? []) : [];
    if (url !== undefined) {
      pieces.push(text.slice(from, open), make(label, url));
      from = target.lastIndex;
      close = from - 1;
    }
    open = text.indexOf(opener, close + 1);
  }
  return pieces.join("") + text.slice(from);
}

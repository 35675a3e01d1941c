import { escapeMarkup } from "../render/text/escape";
import { highlight } from "./highlight";
import { inline } from "./inline";

/** The block that begins at line `at`, if one of this kind does: its HTML and its number of lines. `depth`: the quotes and lists around it. */
type Block = (
  lines: readonly string[],
  at: number,
  depth: number,
) => { readonly html: string; readonly used: number } | undefined;

const deepest = 50; // quotes and lists in each other: deeper ones are text, so that the time stays linear

/** Markdown as HTML: headings, paragraphs, lists, tables, code, quotes, rules; see `inline` for the rest. Takes linear time. */
export function markdown(source: string, depth = 0): string {
  const lines: readonly string[] = source.replaceAll("\r\n", "\n").split("\n");
  const html: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const found = firstBlock(lines, at, depth);
    if (found) html.push(found.html);
    at += found?.used ?? 1;
  }
  return html.join("\n");
}

function firstBlock(lines: readonly string[], at: number, depth: number): ReturnType<Block> {
  for (const block of blocks) {
    const found = block(lines, at, depth);
    if (found) return found;
  }
  return undefined;
}

const fence = /^ {0,3}(```+|~~~+)\s*(\S*)/;
const heading = /^ {0,3}(#{1,6})(?=\s)([^]*)$/;
const rule = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const item = /^(\s*)([-*+]|\d{1,9}[.)])\s+([^]*)$/;
const quote = /^ {0,3}>\s?([^]*)$/;
const blank = /^\s*$/;

/** How many lines from `from` on, one after the other, are so. */
function countWhile(lines: readonly string[], from: number, holds: (line: string, i: number) => boolean): number {
  let end = from;
  while (end < lines.length && holds(lines[end]!, end)) end++;
  return end - from;
}

const blankLine: Block = (lines, at) => (blank.test(lines[at]!) ? { html: "", used: 1 } : undefined);

const fenced: Block = (lines, at) => {
  const [, marker, language = ""] = fence.exec(lines[at]!) ?? [];
  if (marker === undefined) return undefined;
  const length = countWhile(lines, at + 1, (line) => !line.trimStart().startsWith(marker));
  const code = lines.slice(at + 1, at + 1 + length).join("\n");
  const html = /^(ts|typescript|js|javascript|json)$/.test(language) ? highlight(code) : escapeMarkup(code);
  return { html: `<pre class="code"><code>${html}</code></pre>`, used: length + 2 };
};

const headingLine: Block = (lines, at) => {
  const [, marks, rest = ""] = heading.exec(lines[at]!) ?? [];
  if (marks === undefined) return undefined;
  const text = rest
    .trim()
    .replace(/(?<!\S)#+$/, "")
    .trimEnd(); // "# Title ##" is "# Title"
  const anchor = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replace(/\s+/g, "-");
  return { html: `<h${marks.length} id="${escapeMarkup(anchor)}">${inline(text)}</h${marks.length}>`, used: 1 };
};

const horizontalRule: Block = (lines, at) => (rule.test(lines[at]!) ? { html: "<hr>", used: 1 } : undefined);

const quoted: Block = (lines, at, depth) => {
  const used = depth < deepest ? countWhile(lines, at, (line) => quote.test(line)) : 0;
  if (used === 0) return undefined;
  const inner = lines.slice(at, at + used).map((line) => quote.exec(line)?.[1] ?? "");
  return { html: `<blockquote>${markdown(inner.join("\n"), depth + 1)}</blockquote>`, used };
};

/** A list goes on over indented lines, lazy continuations, and blank lines with more of it behind. */
const list: Block = (lines, at, depth) => {
  const [, indent, marker = ""] = item.exec(lines[at]!) ?? [];
  if (indent === undefined || rule.test(lines[at]!) || depth >= deepest) return undefined;
  const isItem = (line: string): boolean => {
    const match = item.exec(line);
    return (
      match !== null && (match[1] ?? "").length <= indent.length + 1 && /\d/.test(match[2] ?? "") === /\d/.test(marker)
    );
  };
  const continues = (line: string): boolean => /^\s{2,}\S/.test(line) && line.search(/\S/) > indent.length;
  const used = countWhile(lines, at, (line, i) => {
    if (isItem(line) || continues(line)) return true;
    const next = lines[i + 1] ?? "";
    if (blank.test(line)) return isItem(next) || continues(next);
    return (
      !(i > at && blank.test(lines[i - 1]!)) &&
      !heading.test(line) &&
      !fence.test(line) &&
      !item.test(line) &&
      !quote.test(line)
    );
  });
  const items: string[][] = [];
  for (const line of lines.slice(at, at + used)) {
    if (isItem(line)) items.push([item.exec(line)?.[3] ?? ""]);
    else items.at(-1)?.push(line.replace(/^\s{1,4}/, ""));
  }
  const tag = /\d/.test(marker) ? "ol" : "ul";
  const start = tag === "ol" && parseInt(marker, 10) !== 1 ? ` start="${parseInt(marker, 10)}"` : "";
  const loose = items.some((entry) => entry.slice(0, -1).some((line) => blank.test(line)));
  const body = items
    .map((entry) => markdown(entry.join("\n"), depth + 1))
    .map((html) => `<li>${loose ? html : tight(html)}</li>`);
  return { html: `<${tag}${start}>${body.join("\n")}</${tag}>`, used };
};

/** The only paragraph of a short item needs no space around it. */
const tight = (html: string): string => html.replace(/^<p>([\s\S]*?)<\/p>/, "$1");

/** The cells of a row; "\\|" is no border. */
const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

const table: Block = (lines, at) => {
  const [head, divider] = [lines[at]!, lines[at + 1]];
  if (!head.includes("|") || divider === undefined || !cellsOf(divider).every((cell) => /^:?-+:?$/.test(cell)))
    return undefined;
  const align = cellsOf(divider).map((mark) =>
    mark.endsWith(":") ? (mark.startsWith(":") ? "center" : "right") : "left",
  );
  const row = (line: string, tag: "th" | "td"): string =>
    `<tr>${cellsOf(line)
      .map((cell, i) => `<${tag} style="text-align:${align[i] ?? "left"}">${inline(cell)}</${tag}>`)
      .join("")}</tr>`;
  const used = countWhile(lines, at + 2, (line) => line.includes("|") && !blank.test(line));
  const body = lines.slice(at + 2, at + 2 + used).map((line) => row(line, "td"));
  return {
    html: `<div class="wide"><table><thead>${row(head, "th")}</thead><tbody>${body.join("\n")}</tbody></table></div>`,
    used: used + 2,
  };
};

const paragraph: Block = (lines, at) => {
  const used = Math.max(
    1,
    countWhile(
      lines,
      at,
      (line, i) =>
        i === at ||
        !(
          blank.test(line) ||
          fence.test(line) ||
          heading.test(line) ||
          rule.test(line) ||
          quote.test(line) ||
          item.test(line)
        ),
    ),
  );
  return {
    html: `<p>${inline(
      lines
        .slice(at, at + used)
        .join("\n")
        .trim(),
    )}</p>`,
    used,
  };
};

/** In this order: the last one takes anything. */
const blocks: readonly Block[] = [blankLine, fenced, headingLine, horizontalRule, quoted, list, table, paragraph];

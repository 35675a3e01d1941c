import { escapeMarkup } from "../escape";
import { highlight } from "./highlight";
import { inline } from "./inline";

/** Takes a block off the front of `lines`, if it begins with one, as HTML and the number of lines used. */
type Block = (lines: readonly string[]) => { readonly html: string; readonly used: number } | undefined;

/** Markdown as HTML: headings, paragraphs, lists, tables, code, quotes, rules; see `inline` for the rest. */
export function markdown(source: string): string {
  let lines: readonly string[] = source.replaceAll("\r\n", "\n").split("\n");
  const html: string[] = [];
  while (lines.length > 0) {
    const found = blocks.map((block) => block(lines)).find((candidate) => candidate !== undefined);
    if (found) html.push(found.html);
    lines = lines.slice(found?.used ?? 1);
  }
  return html.join("\n");
}

const fence = /^ {0,3}(```+|~~~+)\s*(\S*)/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const rule = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const item = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const quote = /^ {0,3}>\s?(.*)$/;
const blank = /^\s*$/;

const countWhile = (lines: readonly string[], holds: (line: string, i: number) => boolean): number => {
  const end = lines.findIndex((line, i) => !holds(line, i));
  return end < 0 ? lines.length : end;
};

const blankLine: Block = ([first = ""]) => (blank.test(first) ? { html: "", used: 1 } : undefined);

const fenced: Block = ([first = "", ...rest]) => {
  const [, marker, language = ""] = fence.exec(first) ?? [];
  if (marker === undefined) return undefined;
  const body = rest.slice(0, countWhile(rest, (line) => !line.trimStart().startsWith(marker)));
  const code = body.join("\n");
  const html = /^(ts|typescript|js|javascript|json)$/.test(language) ? highlight(code) : escapeMarkup(code);
  return { html: `<pre class="code"><code>${html}</code></pre>`, used: body.length + 2 };
};

const headingLine: Block = ([first = ""]) => {
  const [, marks, text = ""] = heading.exec(first) ?? [];
  if (marks === undefined) return undefined;
  const anchor = text.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, "").trim().replace(/\s+/g, "-");
  return { html: `<h${marks.length} id="${escapeMarkup(anchor)}">${inline(text)}</h${marks.length}>`, used: 1 };
};

const horizontalRule: Block = ([first = ""]) => (rule.test(first) ? { html: "<hr>", used: 1 } : undefined);

const quoted: Block = (lines) => {
  const used = countWhile(lines, (line) => quote.test(line));
  if (used === 0) return undefined;
  const inner = lines.slice(0, used).map((line) => quote.exec(line)?.[1] ?? "");
  return { html: `<blockquote>${markdown(inner.join("\n"))}</blockquote>`, used };
};

/** A list goes on over indented lines, lazy continuations, and blank lines with more of it behind. */
const list: Block = (lines) => {
  const [, indent, marker = ""] = item.exec(lines[0] ?? "") ?? [];
  if (indent === undefined || rule.test(lines[0] ?? "")) return undefined;
  const isItem = (line: string): boolean => {
    const match = item.exec(line);
    return match !== null && (match[1] ?? "").length <= indent.length + 1 && /\d/.test(match[2] ?? "") === /\d/.test(marker);
  };
  const continues = (line: string): boolean => /^\s{2,}\S/.test(line) && line.search(/\S/) > indent.length;
  const used = countWhile(lines, (line, i) => {
    if (isItem(line) || continues(line)) return true;
    const next = lines[i + 1] ?? "";
    if (blank.test(line)) return isItem(next) || continues(next);
    return !blank.test(lines[i - 1] ?? "") && !heading.test(line) && !fence.test(line) && !item.test(line) && !quote.test(line);
  });
  const items: string[][] = [];
  for (const line of lines.slice(0, used)) {
    if (isItem(line)) items.push([item.exec(line)?.[3] ?? ""]);
    else items.at(-1)?.push(line.replace(/^\s{1,4}/, ""));
  }
  const tag = /\d/.test(marker) ? "ol" : "ul";
  const start = tag === "ol" && parseInt(marker, 10) !== 1 ? ` start="${parseInt(marker, 10)}"` : "";
  const loose = items.some((entry) => entry.slice(0, -1).some((line) => blank.test(line)));
  const body = items.map((entry) => `<li>${loose ? markdown(entry.join("\n")) : tight(markdown(entry.join("\n")))}</li>`);
  return { html: `<${tag}${start}>${body.join("\n")}</${tag}>`, used };
};

/** The only paragraph of a short item needs no space around it. */
const tight = (html: string): string => html.replace(/^<p>([\s\S]*?)<\/p>/, "$1");

const table: Block = ([head = "", divider = "", ...rest]) => {
  if (!head.includes("|") || !/^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(divider)) return undefined;
  const cells = (line: string): string[] =>
    line
      .trim()
      .replace(/^\||(?<!\\)\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
  const align = cells(divider).map((mark) => (mark.endsWith(":") ? (mark.startsWith(":") ? "center" : "right") : "left"));
  const row = (line: string, tag: "th" | "td"): string => `<tr>${cells(line).map((cell, i) => `<${tag} style="text-align:${align[i] ?? "left"}">${inline(cell)}</${tag}>`).join("")}</tr>`;
  const used = countWhile(rest, (line) => line.includes("|") && !blank.test(line));
  const body = rest.slice(0, used).map((line) => row(line, "td"));
  return { html: `<div class="wide"><table><thead>${row(head, "th")}</thead><tbody>${body.join("\n")}</tbody></table></div>`, used: used + 2 };
};

const paragraph: Block = (lines) => {
  const used = Math.max(1, countWhile(lines, (line, i) => i === 0 || !(blank.test(line) || fence.test(line) || heading.test(line) || rule.test(line) || quote.test(line) || item.test(line))));
  return { html: `<p>${inline(lines.slice(0, used).join("\n").trim())}</p>`, used };
};

/** In this order: the last one takes anything. */
const blocks: readonly Block[] = [blankLine, fenced, headingLine, horizontalRule, quoted, list, table, paragraph];

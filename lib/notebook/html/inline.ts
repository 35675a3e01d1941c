import { escapeMarkup } from "../escape";

/**
 * Markdown inside a line: `code`, **strong**, *emphasis*, ~~struck~~, [links](…), ![pictures](…), <links>.
 * Everything else is text: HTML in the source is shown, not obeyed.
 */
export function inline(source: string): string {
  const kept: string[] = []; // finished HTML, out of reach of the rules that follow
  const keep = (html: string): string => `\u0000${kept.push(html) - 1}\u0000`;
  const text = source
    .replaceAll("\u0000", "")
    .replace(/(`+)(.+?)\1(?!`)/g, (_, __, code: string) => keep(`<code>${escapeMarkup(code.replace(/^ (.+) $/, "$1"))}</code>`))
    .replace(/\\([\\`*_{}[\]()#+.!~<>|-])/g, (_, character: string) => keep(escapeMarkup(character)))
    .replace(/!\[([^\]]*)\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g, (_, label: string, url: string) => keep(`<img src="${safeUrl(url)}" alt="${escapeMarkup(label)}">`))
    .replace(/\[([^\]]+)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)(?:\s+"[^"]*")?\)/g, (_, label: string, url: string) => `${keep(`<a href="${safeUrl(url)}">`)}${label}${keep("</a>")}`)
    .replace(/<(https?:\/\/[^<>\s]+)>/g, (_, url: string) => keep(`<a href="${safeUrl(url)}">${escapeMarkup(url)}</a>`));
  const marked = escapeMarkup(text)
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "<strong>$1</strong>")
    .replace(/(?<![\w])__(?=\S)(.+?)(?<=\S)__(?![\w])/g, "<strong>$1</strong>")
    .replace(/\*(?=\S)(.+?)(?<=\S)\*/g, "<em>$1</em>")
    .replace(/(?<![\w])_(?=\S)(.+?)(?<=\S)_(?![\w])/g, "<em>$1</em>")
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, "<del>$1</del>")
    .replace(/ {2,}\n|\\\n/g, "<br>\n");
  return restore(marked, kept);
}

function restore(html: string, kept: readonly string[]): string {
  return html.replace(/\u0000(\d+)\u0000/g, (_, i: string) => restore(kept[Number(i)] ?? "", kept));
}

/** A link may not run code. */
function safeUrl(url: string): string {
  return /^\s*(javascript|vbscript|data:(?!image\/))/i.test(url) ? "#" : escapeMarkup(url);
}

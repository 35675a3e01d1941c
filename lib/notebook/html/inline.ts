import { escapeMarkup } from "../render/text/escape";
import { withCodeSpans } from "./code-spans";
import { emphasised } from "./emphasis";
import { withLinks } from "./links";

/**
 * Markdown inside a line: `code`, **strong**, *emphasis*, ~~struck~~, [links](…), ![pictures](…), <links>.
 * Everything else is text: HTML in the source is shown, not obeyed.
 */
export function inline(source: string): string {
  const kept: string[] = []; // finished HTML, out of reach of the rules that follow
  const keep = (html: string): string => `\u0000${kept.push(html) - 1}\u0000`;
  const coded = withCodeSpans(source.replaceAll("\u0000", ""), (code) => keep(`<code>${escapeMarkup(code)}</code>`));
  const escaped = coded.replace(/\\([\\`*_{}[\]()#+.!~<>|-])/g, (_, character: string) =>
    keep(escapeMarkup(character)),
  );
  const pictured = withLinks(escaped, "![", (label, url) =>
    keep(`<img src="${safeUrl(url)}" alt="${escapeMarkup(label)}">`),
  );
  const linked = withLinks(
    pictured,
    "[",
    (label, url) => `${keep(`<a href="${safeUrl(url)}">`)}${label}${keep("</a>")}`,
  );
  const text = linked.replace(/<(https?:\/\/[^<>\s]+)>/g, (_, url: string) =>
    keep(`<a href="${safeUrl(url)}">${escapeMarkup(url)}</a>`),
  );
  return restore(emphasised(escapeMarkup(text)).replace(/(?<! ) {2,}\n|\\\n/g, "<br>\n"), kept);
}

function restore(html: string, kept: readonly string[]): string {
  return html.replace(/\u0000(\d+)\u0000/g, (_, i: string) => restore(kept[Number(i)] ?? "", kept));
}

/** A link may not run code. */
function safeUrl(url: string): string {
  return /^\s*(javascript|vbscript|data:(?!image\/))/i.test(url) ? "#" : escapeMarkup(url);
}

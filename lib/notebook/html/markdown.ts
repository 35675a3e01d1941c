import { escapeMarkup } from "../render/text/escape";
import { highlight } from "./highlight";

/** The fields of a token of markdown-it that are used here. */
interface Token {
  readonly info: string; // of a fence: what stands behind its marks
  readonly content: string;
  attrSet(name: string, value: string): void;
}

type Rule = (tokens: readonly Token[], at: number, options: object, env: object, self: Renderer) => string;

interface Renderer {
  readonly rules: Record<string, Rule | undefined>;
  renderToken(tokens: readonly Token[], at: number, options: object): string;
}

/** The members of markdown-it that are used here. */
interface MarkdownIt {
  readonly renderer: Renderer;
  render(source: string): string;
}

let loaded: MarkdownIt | undefined; // 40 ms to load, which only an export of a page needs

/**
 * Markdown as GitHub and Jupyter read it (CommonMark with tables and ~~struck~~ text), except that HTML in the source
 * is shown as text. markdown-it refuses links that run code.
 */
function reader(): MarkdownIt {
  if (loaded) return loaded;
  const MarkdownIt = require("markdown-it") as new (options: { readonly html: boolean }) => MarkdownIt;
  const made = new MarkdownIt({ html: false });
  Object.assign(made.renderer.rules, rules);
  return (loaded = made);
}

const codeBlock = (html: string): string => `<pre class="code"><code>${html}</code></pre>\n`;

/** What differs from markdown-it's own HTML. */
const rules: Readonly<Record<string, Rule>> = {
  fence: (tokens, at) => {
    const { content, info } = tokens[at]!;
    return codeBlock(highlight(content.replace(/\n$/, ""), info.trim().split(/\s/)[0] || "text"));
  },
  code_block: (tokens, at) => codeBlock(escapeMarkup(tokens[at]!.content.replace(/\n$/, ""))),
  heading_open: (tokens, at, options, _env, self) => {
    tokens[at]!.attrSet("id", anchor(tokens[at + 1]!.content));
    return self.renderToken(tokens, at, options);
  },
  table_open: () => '<div class="wide"><table>\n',
  table_close: () => "</table></div>\n",
};

/** The name of a heading in links to it: "Two words" is `two-words`. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replace(/\s+/g, "-");

/** Markdown as HTML. Links and pictures keep their addresses, relative ones too. */
export const markdown = (source: string): string => reader().render(source).trimEnd();

import { escapeMarkup } from "../render/text/escape";

/** The members of highlight.js that are used here. A language is a function that highlight.js calls. */
interface Highlighter {
  registerLanguage(name: string, language: unknown): void;
  getLanguage(nameOrAlias: string): object | undefined;
  highlight(code: string, options: { readonly language: string; readonly ignoreIllegals: boolean }): { value: string };
}

let loaded: Highlighter | undefined; // 20 ms to load, which only an export of a page needs

/** highlight.js with the languages of notebooks; their aliases (ts, js, py, sh, …) come with them. */
function highlighter(): Highlighter {
  if (loaded) return loaded;
  const made = require("highlight.js/lib/core") as Highlighter;
  made.registerLanguage("typescript", require("highlight.js/lib/languages/typescript"));
  made.registerLanguage("javascript", require("highlight.js/lib/languages/javascript"));
  made.registerLanguage("python", require("highlight.js/lib/languages/python"));
  made.registerLanguage("bash", require("highlight.js/lib/languages/bash"));
  made.registerLanguage("json", require("highlight.js/lib/languages/json"));
  made.registerLanguage("sql", require("highlight.js/lib/languages/sql"));
  return (loaded = made);
}

/** Longer code is data, and is shown without colours. */
const longest = 200_000; // characters

/** highlight.js takes time in the square of a line's length and of a run of empty lines: such code gets no colours. */
const slow = /[^\n]{1001}|\n{101}/;

/** `code` as HTML, coloured by token where `language` is known. The text itself is unchanged. Takes linear time. */
export function highlight(code: string, language = "typescript"): string {
  if (code.length > longest || slow.test(code) || !highlighter().getLanguage(language)) return escapeMarkup(code);
  return highlighter().highlight(code, { language, ignoreIllegals: true }).value;
}

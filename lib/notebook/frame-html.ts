import { escapeMarkup } from "./escape";
import { type Table, tableText } from "./frame";

const rowLimit = 20; // more would push the text of the notebook out of sight

/**
 * A table as HTML. Styles are inline and name no text colour or background: pages strip style sheets, and the
 * reader's theme may be dark.
 */
export function frameHtml(table: Table): string {
  const { columns, rows, numeric, more } = tableText(table, rowLimit);
  const cell = (tag: "td" | "th", text: string, j: number, line: string) => {
    const align = numeric[j] ? "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap" : "text-align:left;max-width:36em;white-space:normal;overflow-wrap:anywhere";
    return `<${tag} style="padding:4px 14px 4px 6px;vertical-align:top;border:0;border-bottom:${line};${align}">${escapeMarkup(text)}</${tag}>`;
  };
  const head = columns.map((name, j) => cell("th", name, j, "1.5px solid rgba(128,128,128,.7)")).join("");
  const body = rows.map((row) => `<tr>${row.map((text, j) => cell("td", text, j, "1px solid rgba(128,128,128,.25)")).join("")}</tr>`);
  if (more > 0) body.push(`<tr><td colspan="${columns.length}" style="padding:4px 6px;border:0;text-align:left;opacity:.65">… ${more} more ${more === 1 ? "row" : "rows"}</td></tr>`);
  return (
    `<table style="border-collapse:collapse;border:0;font-size:13px;line-height:1.4;margin:4px 0">` +
    `<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`
  );
}

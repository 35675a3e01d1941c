import { escapeMarkup, scriptJson } from "../text/escape";
import { type Table, tableText, type TableText } from "./frame";
import { cellLimit, frameScript, openedLook, pageRows } from "./frame-script";

/** The most that a table holds for the script. A longer frame is cut, and its foot says so. */
const limits = { rows: 10_000, characters: 400_000 };

const hairline = (strength: number): string => `rgba(128,128,128,${strength})`;

/**
 * A table as HTML: its first twenty rows, with long texts cut and opened by a click. With scripts, a click on a heading
 * sorts and buttons turn the pages. Styles are inline and name no text colour or background: pages strip style sheets,
 * and the reader's theme may be dark.
 */
export function frameHtml(table: Table): string {
  if (table.none !== undefined)
    return `<div style="font-size:13px;opacity:.75;margin:4px 6px">${escapeMarkup(table.none)}</div>`;
  const text = tableText(table, limits.rows);
  const { columns, rows, numeric } = text;
  const kept = within(rows, limits.characters);
  // Longer than 40 characters, a text is a sentence and no name.
  const wide = columns.map((_, j) => rows.slice(0, pageRows).some((row) => row[j]!.length > 40));
  const style = (j: number, line: string) => {
    const align = numeric[j]
      ? "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
      : "text-align:left;max-width:36em;white-space:normal;overflow-wrap:break-word" +
        (wide[j] ? ";min-width:15em" : "");
    return `padding:4px 14px 4px 6px;vertical-align:top;border:0;border-bottom:${line};${align}`;
  };
  const head = columns.map((name, j) => {
    // The arrow takes no width: it stands in the padding.
    const arrow =
      '<span data-arrow style="display:inline-block;width:0;white-space:nowrap;' +
      'font-size:.7em;opacity:.65;text-indent:2px"></span>';
    const look = style(j, `1.5px solid ${hairline(0.7)}`);
    return `<th style="${look};white-space:normal">${escapeMarkup(name)}${arrow}</th>`;
  });
  const body = rows.slice(0, pageRows).map((row) => {
    const cells = row.map((cell, j) => `<td style="${style(j, `1px solid ${hairline(0.25)}`)}">${cellHtml(cell)}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  const hidden = table.rows.length - pageRows;
  const foot = rows.length === 0 ? "no rows" : hidden > 0 ? `… ${hidden} more ${hidden === 1 ? "row" : "rows"}` : "";
  return (
    `<div data-frame style="overflow-x:auto">` +
    `<table style="border-collapse:collapse;border:0;font-size:13px;line-height:1.4;margin:4px 0">` +
    `<thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table>` +
    `<div data-foot style="font-size:12px;opacity:.75;margin:4px 6px">${foot}</div>` +
    (rows.length > 1
      ? `<script type="application/json">${asData(table, text, kept)}</script>` +
        `<script>(${frameScript})(document.currentScript.parentElement)</script>`
      : "") +
    `</div>`
  );
}

/**
 * A text as a cell. A long text shows its beginning; the whole text opens on a click and shows on hover, without a
 * script.
 */
function cellHtml(text: string): string {
  if (text.length <= cellLimit.characters && text.split("\n").length <= cellLimit.lines) return escapeMarkup(text);
  const start = `${text.replace(/\s+/g, " ").slice(0, cellLimit.characters)}…`;
  return (
    `<details><summary title="${escapeMarkup(text.slice(0, cellLimit.hover))}" ` +
    `style="cursor:pointer">${escapeMarkup(start)}</summary>` +
    `<div style="${openedLook}">${escapeMarkup(text)}</div></details>`
  );
}

/** How many of the first rows fit into `limit` characters; at least one page. */
function within(rows: readonly (readonly string[])[], limit: number): number {
  let size = 0;
  const end = rows.findIndex((row) => (size += row.reduce((sum, cell) => sum + cell.length + 3, 2)) > limit);
  return end < 0 ? rows.length : Math.max(end, Math.min(pageRows, rows.length));
}

/** The rows for the script. Numbers sort by their value, of which the text may show three digits only. */
function asData(table: Table, { rows, numeric }: TableText, kept: number): string {
  const keys = numeric.map((isNumber, j) =>
    isNumber ? table.rows.slice(0, kept).map((row) => sortable(row[j])) : null,
  );
  const data = { cells: rows.slice(0, kept), keys, more: table.rows.length - kept };
  return scriptJson(data);
}

const sortable = (value: unknown): number | null =>
  value !== null && value !== undefined && Number.isFinite(Number(value)) ? Number(value) : null;

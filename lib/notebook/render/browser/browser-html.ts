import { escapeMarkup, scriptJson } from "../text/escape";
import type { BrowserColumn, BrowserData } from "./browser-data";
import { browserView, look } from "./browser-look";
import { browserScript } from "./browser-script";

/** A browser as HTML: its first rows without a script, all of them with one. All that rows hold is escaped. */
export function browserHtml(data: BrowserData): string {
  const { title, columns, shown, texts, left } = data;
  const rows = columns[0]?.texts.length ?? 0;
  const opens = texts.length > 0;
  const name = title === "" ? "" : ` aria-label="${escapeMarkup(title)}"`;
  const full = shown.some((j) => columns[j]!.long);
  const heads = shown.map(
    (j) => `<th scope="col" style="${cellLook(columns[j]!, "heading")}">${escapeMarkup(columns[j]!.name)}</th>`,
  );
  const body = Array.from({ length: Math.min(rows, browserView.staticRows) }, (_, i) => rowHtml(data, i));
  const hidden = rows - body.length + left;
  const foot = rows === 0 ? "no rows" : hidden > 0 ? `… ${hidden} more ${hidden === 1 ? "row" : "rows"}` : "";
  return (
    `<div data-browser style="${look.root}">` +
    (title === "" ? "" : `<div style="${look.title}">${escapeMarkup(title)}</div>`) +
    `<div data-controls style="${look.controls};display:none"></div>` +
    `<div style="overflow-x:auto">` +
    `<table style="${full ? look.fullTable : look.table}"${name}>` +
    `<thead><tr>${opens ? `<td style="${look.heading}"></td>` : ""}${heads.join("")}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table></div>` +
    `<div data-foot style="${look.foot}">${foot}</div>` +
    (rows > 0
      ? `<script type="application/json">${scriptJson(data)}</script>` +
        `<script>(${browserScript})(document.currentScript.parentElement)</script>`
      : "") +
    `</div>`
  );
}

const cellLook = ({ numbers, long }: BrowserColumn, kind: "heading" | "cell"): string =>
  `${look[kind]};${numbers ? look.number : long ? look.long : look.words}`;

function rowHtml({ columns, shown, texts }: BrowserData, i: number): string {
  const cells = shown.map((j) => {
    const { texts, numbers, list } = columns[j]!;
    const text = list ? String(numbers![i] ?? "–") : texts[i]!;
    const start = text.length > browserView.characters ? `${text.slice(0, browserView.characters)}…` : text;
    return `<td style="${cellLook(columns[j]!, "cell")}">${escapeMarkup(start)}</td>`;
  });
  if (texts.length === 0) return `<tr>${cells.join("")}</tr>`;
  const part = (j: number): string =>
    ["", "–"].includes(columns[j]!.texts[i]!)
      ? ""
      : `<div><div style="${look.name}">${escapeMarkup(columns[j]!.name)}</div>` +
        `<div style="${look.text}">${escapeMarkup(columns[j]!.texts[i]!)}</div></div>`;
  const panel = texts.map((group) => `<div style="${look.group}">${group.map(part).join("")}</div>`).join("");
  const names = texts.flat().map((j) => escapeMarkup(columns[j]!.name));
  return (
    `<tr><td style="${look.cell}"></td>${cells.join("")}</tr>` +
    `<tr><td colspan="${shown.length + 1}" style="${look.panel}"><details>` +
    `<summary style="cursor:pointer">${names.join(", ")}</summary>${panel}</details></td></tr>`
  );
}

import { display } from "../own-bundle";
import { frameText } from "../table/frame-text";
import type { RecordsOrFrame } from "../table/rows";
import { printable } from "../text/printable";
import { browserData, type BrowserData } from "./browser-data";
import { browserHtml } from "./browser-html";
import type { BrowserOptions } from "./options";

/** Rows to look through. It shows itself as the last line of a cell, and with `show`. */
export interface RowBrowser {
  /** The number of rows. */
  readonly rows: number;
}

/**
 * A table to look through: a click or Enter on a row opens its long texts, a heading sorts, menus and a search field
 * filter, a slider goes through the steps of a run. It works without a network, in a notebook and in the page that
 * `deepretrieval nb html` exports. Without scripts (GitHub) it shows its first rows, whose texts still open.
 *
 * Throws a TypeError for a column that no row has, and for a `step` column whose values are no numbers.
 *
 * @example
 * import { browser, show } from "deepretrieval";
 *
 * const rows = [
 *   { question: "aspirin after stroke", recall: 0.5, found: true, query: "aspirin AND stroke" },
 *   { question: "statins in the old", recall: 0, found: false, query: "statins" },
 * ];
 * await show(browser(rows, { title: "Rewrites", text: ["query"], filter: ["found"], sort: "recall" }));
 *
 * @param rows records, or a danfo frame; a list of texts or numbers in a field is shown one a line
 */
export function browser(rows: RecordsOrFrame, options: BrowserOptions = {}): RowBrowser {
  const data = browserData(rows, options);
  const text = () => browserText(data);
  const shown = printable({ rows: count(data) + data.left }, text);
  return Object.defineProperty(shown, display, {
    value: () => ({ "text/html": browserHtml(data), "text/plain": text() }),
    enumerable: false,
  });
}

const count = ({ columns }: BrowserData): number => columns[0]?.texts.length ?? 0;

/** The table for a terminal, without the long texts. */
function browserText(data: BrowserData): string {
  const { title, columns, shown } = data;
  const table = {
    columns: shown.map((j) => columns[j]!.name),
    rows: Array.from({ length: count(data) }, (_, i) =>
      shown.map((j) => {
        const { numbers, texts } = columns[j]!;
        return numbers ? numbers[i] : texts[i];
      }),
    ),
  };
  const body = table.rows.length === 0 ? "no rows" : frameText(table);
  return title === "" ? body : `${title}\n${body}`;
}

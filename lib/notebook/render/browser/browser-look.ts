/**
 * Inline styles of a browser. Pages strip style sheets, so every element carries its own. No style names a colour of
 * text or ground: the reader's theme may be dark.
 */
const hairline = (strength: number): string => `rgba(128,128,128,${strength})`;

export const look = {
  root: "font-size:13px;line-height:1.45;margin:4px 0",
  title: "font-size:15px;font-weight:600;margin:2px 6px 8px",
  controls: "display:flex;flex-wrap:wrap;align-items:center;gap:6px 14px;margin:2px 6px 8px",
  label: "display:inline-flex;align-items:center;gap:5px;white-space:nowrap",
  field:
    "font:inherit;color:inherit;background:transparent;" +
    `border:1px solid ${hairline(0.45)};border-radius:4px;padding:1px 6px`,
  button:
    `font:inherit;color:inherit;background:none;border:1px solid ${hairline(0.45)};border-radius:4px;` +
    "padding:0 8px;line-height:1.6;cursor:pointer",
  toggle: "font:inherit;color:inherit;background:none;border:0;padding:0 4px;cursor:pointer;line-height:1.2",
  table: "border-collapse:collapse;border:0;margin:0;min-width:60%",
  fullTable: "border-collapse:collapse;border:0;margin:0;width:100%",
  heading:
    "padding:4px 12px 4px 6px;vertical-align:bottom;border:0;white-space:normal;" +
    `border-bottom:1.5px solid ${hairline(0.7)};font-weight:600`,
  sort: "font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit",
  cell:
    "padding:4px 12px 4px 6px;vertical-align:top;border:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;" +
    `border-bottom:1px solid ${hairline(0.25)}`,
  number: "text-align:right;font-variant-numeric:tabular-nums",
  words: "text-align:left;max-width:14em",
  long: "text-align:left;min-width:9em;max-width:0;width:50%", // these columns share what the others leave
  panel:
    "padding:6px 14px 14px 28px;border:0;" +
    `border-bottom:1px solid ${hairline(0.25)};background:${hairline(0.06)};text-align:left;white-space:normal`,
  group: "display:grid;gap:0 18px;grid-template-columns:repeat(auto-fit,minmax(min(22em,100%),1fr));max-width:76em",
  name: "font-size:12px;opacity:.75;margin:8px 0 2px",
  text:
    "white-space:pre-wrap;overflow-wrap:anywhere;max-height:28em;overflow-y:auto;" +
    `padding-left:8px;border-left:2px solid ${hairline(0.4)}`,
  list: "cursor:pointer;font-size:12px;margin:8px 0 2px",
  foot: "display:flex;flex-wrap:wrap;align-items:center;gap:4px;font-size:12px;opacity:.8;margin:6px",
} as const;

/**
 * Rows that are shown at a time; characters of a long text that a row holds, of which one line shows; characters up to
 * which a text is short; those that fit into the cell of a short text; and how many columns of long texts the table
 * keeps where nobody chose.
 */
export const browserView = { rows: 20, staticRows: 10, characters: 200, shortText: 60, cellText: 26, longColumns: 2 };

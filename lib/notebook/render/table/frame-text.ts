import { type Table, tableText } from "./frame";

const rowLimit = 20;
const widthLimit = 48; // columns of text a cell may take in a terminal

/** A table drawn with box characters, for terminals and diffs. */
export function frameText(table: Table): string {
  if (table.none !== undefined) return table.none;
  const { columns, rows, numeric, more } = tableText(table, rowLimit);
  const lines = [columns, ...rows].map((row) => row.map(oneLine));
  const widths = columns.map((_, j) => Math.max(...lines.map((line) => width(line[j]!))));
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((w) => "─".repeat(w + 2)).join(middle) + right;
  const draw = (line: readonly string[]) =>
    `│${line.map((text, j) => ` ${pad(text, widths[j]!, numeric[j]!)} `).join("│")}│`;

  const [head, ...body] = lines as [string[], ...string[][]];
  const text = [rule("┌", "┬", "┐"), draw(head), rule("├", "┼", "┤"), ...body.map(draw), rule("└", "┴", "┘")];
  if (body.length === 0) text.push("no rows");
  if (more > 0) text.push(`… ${more} more ${more === 1 ? "row" : "rows"}`);
  return text.join("\n");
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  return width(flat) <= widthLimit ? flat : `${[...flat].slice(0, widthLimit - 1).join("")}…`;
}

/** Columns a terminal gives to `text`: East Asian characters take two. */
function width(text: string): number {
  return [...text].reduce((sum, character) => sum + (character >= "\u2e80" && character <= "\uffdc" ? 2 : 1), 0);
}

function pad(text: string, to: number, right: boolean): string {
  const blank = " ".repeat(Math.max(0, to - width(text)));
  return right ? blank + text : text + blank;
}

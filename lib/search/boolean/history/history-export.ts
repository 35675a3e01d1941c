import type { PrintedHistory, PrintedLine } from "./history-lines";

/** PubMed's names for the columns of its history, in the download and on the page, of today and earlier. */
const numberColumn = /^(?:search(?: number)?|#|▲|set|searches?#?)$/i;
const queryColumn = /^(?:query|searches|search(?: terms| strategy)?)$/i;

/**
 * Reads PubMed's "Download" of the history: a table with commas or tabs whose first row names the columns. Undefined
 * where `text` is no such table.
 */
export function exportedLines(text: string): PrintedHistory | undefined {
  const firstLine = text.trimStart().split(/\r?\n/, 1)[0]!;
  const separator = firstLine.includes("\t") ? "\t" : ",";
  const names = cells(firstLine, separator)[0]?.map((name) => name.trim()) ?? [];
  const query = names.findIndex((name, i) => i > 0 && queryColumn.test(name));
  if (query < 0 || !numberColumn.test(names[0] ?? "")) return undefined;
  const filters = names.findIndex((name) => /^filters$/i.test(name));
  const lines = cells(text.trimStart(), separator)
    .slice(1)
    .flatMap((row): PrintedLine[] => {
      const number = Number((row[0] ?? "").replace(/\D/g, ""));
      const searched = row[query]?.trim();
      return number > 0 && searched
        ? [{ number, text: searched, ...(row[filters]?.trim() ? { filters: row[filters]!.trim() } : {}) }]
        : [];
    });
  return lines.length ? { lines: lines.sort((a, b) => a.number - b.number), numbered: true, warnings: [] } : undefined;
}

/**
 * The rows of a table (RFC 4180). A cell in quotes may hold the separator and line ends, and holds a quote written
 * twice.
 */
function cells(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let [cell, quoted, blank] = ["", false, true]; // blank: the cell holds only white space so far
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (quoted && character === '"' && text[i + 1] === '"') [cell, blank] = [cell + text[++i], false];
    else if (character === '"' && (quoted || blank)) [quoted, cell] = [!quoted, quoted ? cell : ""];
    else if (quoted || (character !== separator && character !== "\n")) {
      cell += character === "\r" ? "" : character;
      blank &&= character.trim() === "";
    } else {
      rows.at(-1)!.push(cell);
      [cell, blank] = ["", true];
      if (character === "\n") rows.push([]);
    }
  }
  rows.at(-1)!.push(cell);
  return rows.filter((row) => row.some((each) => each.trim()));
}

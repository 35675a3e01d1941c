import { escapeMarkup } from "../render/text/escape";
import { highlight } from "./highlight";
import { pageScripts } from "./interactive";
import { markdown } from "./markdown";
import { outputHtml } from "./outputs";
import { style } from "./style";
import { hasTag, joined, type Notebook, type NotebookCell } from "../runner/nbformat";
import { cellsNotRun, noteTag } from "../runner/outcome";
import type { Stamp } from "../runner/stamp";

/**
 * A notebook as one HTML page that needs no other file and no network. Without scripts, plots are pictures and frames
 * show their first rows.
 */
export function notebookHtml(notebook: Notebook, title = firstHeading(notebook)): string {
  const missing = new Set(statusOf(notebook) === "ok" ? [] : cellsNotRun(notebook));
  const body = notebook.cells.map((cell, i) => cellHtml(cell, missing.has(i))).filter((html) => html !== "");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body><main>
${incomplete(notebook)}${body.join("\n")}
${footer(notebook)}
</main>
${pageScripts(body.join(""))}
</body>
</html>
`;
}

/** The status of the run by our runner. A notebook that it did not run has "ok". */
const statusOf = ({ metadata }: Notebook): string =>
  ((metadata["deepretrieval"] ?? {}) as { status?: string }).status ?? "ok";

const endings: Readonly<Record<string, string>> = {
  failed: "failed",
  interrupted: "was interrupted",
  running: "was not at its end when this was written",
};

/** The notice that a run did not complete; "" for a complete run. */
function incomplete(notebook: Notebook): string {
  const ending = endings[statusOf(notebook)];
  const missing = cellsNotRun(notebook).length;
  if (ending === undefined) return "";
  const cells = missing === 1 ? "one cell was not run" : `${missing} cells were not run`;
  return `<p class="incomplete">The run ${ending}: ${missing === 0 ? "its last cell did not end" : cells}.</p>\n`;
}

function cellHtml(cell: NotebookCell, notRun: boolean): string {
  if (hasTag(cell, noteTag)) return ""; // the notice at the top of the page replaces it
  const source = joined(cell.source);
  if (cell.cell_type === "markdown") return markdown(source);
  if (cell.cell_type === "raw" || source.trim() === "") return "";
  const outputs = (cell.outputs ?? []).map(outputHtml).filter((html) => html !== "");
  const shown = outputs.length > 0 ? `\n<div class="outputs">${outputs.join("\n")}</div>` : "";
  const code = `<pre class="code"><code>${highlight(source)}</code></pre>`;
  return `<section class="cell">${code}${notRun ? '\n<p class="meta">not run</p>' : ""}${shown}</section>`;
}

/** The first heading of the notebook, else "Notebook". */
function firstHeading({ cells }: Notebook): string {
  const heading = cells
    .filter((cell) => cell.cell_type === "markdown")
    .flatMap((cell) => joined(cell.source).split("\n"))
    .find((line) => /^#+\s/.test(line));
  return heading?.replace(/^#+\s*/, "").replace(/[*`_]/g, "") ?? "Notebook";
}

/** Versions, date and parameters of the run; "" for a notebook that our runner did not run. */
function footer({ metadata }: Notebook): string {
  const stamp = metadata["deepretrieval"] as Partial<Stamp> | undefined;
  if (!stamp?.version) return "";
  const parameters = Object.entries(stamp.parameters ?? {}).map(
    ([name, value]) => `${name} = ${JSON.stringify(value)}`,
  );
  const parts = [
    stamp.date ? `run on ${dateText(stamp.date)}` : "",
    `DeepRetrieval ${stamp.version}`,
    `Node ${stamp.node ?? "?"}`,
    stamp.platform ?? "",
    ...parameters,
  ].filter((part) => part !== "");
  return `<footer>${parts.map(escapeMarkup).join(" · ")}</footer>`;
}

/** `2026-11-28T17:05:00.000Z` → `28 November 2026, 17:05 UTC`. Text that is no date stays as it is. */
function dateText(date: string): string {
  const at = new Date(date);
  if (Number.isNaN(at.getTime())) return date;
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${day}, ${at.toISOString().slice(11, 16)} UTC`;
}

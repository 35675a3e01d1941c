import type { MimeBundle } from "./cell";
import type { Panel } from "./columns";
import { escapeMarkup } from "./escape";
import { liveCurves } from "./live-curves";
import { fractionDone, type Progress } from "./progress";
import { palette } from "./theme";

/**
 * A run that is still going: the line as text, and for notebooks the line, a bar and the curves. The curves are an
 * image with its data inside, which survives the cleaning that front ends do to other people's HTML.
 */
export function liveBundle(line: string, progress: Progress, rows: readonly object[], grid: readonly Panel[]): MimeBundle {
  const fraction = fractionDone(progress);
  const bar = fraction === undefined ? "" : progressBar(fraction);
  const curves = rows.length > 0 && grid.length > 0 ? picture(liveCurves(rows, grid, progress.total)) : "";
  const words = escapeMarkup(line.replace(/ [█░]+/, "")); // the bar is drawn
  return {
    "text/plain": line,
    "text/html": `<div style="max-width:900px"><div style="font-size:13px;font-variant-numeric:tabular-nums;margin:2px 0 5px;white-space:pre-wrap">${words}</div>${bar}${curves}</div>`,
  };
}

function progressBar(fraction: number): string {
  return (
    `<div style="height:5px;border-radius:3px;background:rgba(128,128,128,.22);overflow:hidden;margin:0 0 10px">` +
    `<div style="height:5px;width:${(fraction * 100).toFixed(1)}%;background:${palette[0]}"></div></div>`
  );
}

function picture(svg: string): string {
  return `<img alt="curves of the run so far" style="max-width:100%;background:#fff" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;
}

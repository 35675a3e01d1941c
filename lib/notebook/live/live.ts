import { warningMark } from "../run-report/alarms";
import type { Alarm } from "../run-report/recent";
import type { MimeBundle } from "../cell";
import type { Panel } from "../run-report/columns";
import { escapeMarkup } from "../render/text/escape";
import { liveCurves } from "./live-curves";
import { fractionDone, type Progress } from "./progress";
import { palette } from "../plot/theme";

/**
 * The display of a running run: a line of text, and for notebooks also a bar, until it has finished, and the curves.
 * The curves are an image with its data inside, because front ends remove other elements from HTML that they do not
 * trust. Alarms stand below the bar.
 */
export function liveBundle(
  line: string,
  progress: Progress,
  rows: readonly object[],
  grid: readonly Panel[],
  warnings: readonly Alarm[] = [],
): MimeBundle {
  const fraction = fractionDone(progress);
  // A run that came to its end has nothing left to tell by a bar.
  const bar = fraction === undefined || progress.ended === "finished" ? "" : progressBar(fraction);
  const curves = rows.length > 0 && grid.length > 0 ? picture(liveCurves(rows, grid, progress.total)) : "";
  // The bar is drawn. A line is broken between its parts, never between a number and its unit.
  const parts = line.replace(/ [█░]+/, "").split("  ");
  const words = escapeMarkup(parts.map((part) => part.replaceAll(" ", "\u00a0")).join("  "));
  return {
    "text/plain": [line, ...warnings.map(asLine)].join("\n"),
    "text/html":
      '<div style="max-width:900px">' +
      '<div style="font-size:13px;font-variant-numeric:tabular-nums;margin:2px 0 5px;white-space:pre-wrap">' +
      `${words}</div>${bar}${warnings.map(box).join("")}${curves}</div>`,
  };
}

/** The alarms without a line, for a display next to a picture. */
export const warningBundle = (warnings: readonly Alarm[]): MimeBundle => ({
  "text/plain": warnings.map(asLine).join("\n"),
  "text/html": `<div style="max-width:900px">${warnings.map(box).join("")}</div>`,
});

const asLine = ({ text }: Alarm): string => `${warningMark}${text}`;

/** Names no text colour: the reader's theme may be dark. */
const box = ({ text }: Alarm): string =>
  `<div role="alert" style="border-left:4px solid ${palette[1]};background:rgba(213,94,0,.1);` +
  `padding:5px 10px;margin:0 0 8px;font-size:13px;line-height:1.4"><b>Warning</b>&ensp;${escapeMarkup(text)}</div>`;

function progressBar(fraction: number): string {
  return (
    `<div style="height:5px;border-radius:3px;background:rgba(128,128,128,.22);overflow:hidden;margin:0 0 10px">` +
    `<div style="height:5px;width:${(fraction * 100).toFixed(1)}%;background:${palette[0]}"></div></div>`
  );
}

function picture(svg: string): string {
  return (
    `<img alt="curves of the run so far" style="max-width:100%;background:#fff" ` +
    `src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`
  );
}

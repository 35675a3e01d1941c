import { escapeMarkup } from "../render/text/escape";
import { joined, type Output, type Text } from "../runner/nbformat";
import { darkCurves } from "./dark-curves";
import { pageData } from "./interactive";
import { markdown } from "./markdown";

type Show = (value: Text, data: Readonly<Record<string, unknown>>) => string;

/** How each MIME type is put into a page, best first. */
const shows: readonly (readonly [type: string, show: Show])[] = [
  ["image/png", (value) => picture("image/png", joined(value).replace(/\s/g, ""))],
  ["image/jpeg", (value) => picture("image/jpeg", joined(value).replace(/\s/g, ""))],
  ["image/svg+xml", (value) => picture("image/svg+xml", Buffer.from(joined(value)).toString("base64"))],
  ["text/html", (value) => `<div class="wide">${darkCurves(withoutScripts(joined(value)))}</div>`],
  ["text/markdown", (value) => markdown(joined(value))],
  ["text/plain", (value) => text(joined(value))],
];

/** One output of a cell as HTML; "" for one that a page cannot show. */
export function outputHtml(output: Output): string {
  if (output.output_type === "stream")
    return text(joined(output.text), output.name === "stderr" ? "stream stderr" : "stream");
  if (output.output_type === "error") return text(output.traceback.join("\n"), "error");
  for (const [type, show] of shows) {
    const value = output.data[type];
    if (typeof value === "string" || Array.isArray(value))
      return withPlot(sized(show(value as Text, output.data), output.metadata[type]), output.data);
  }
  return withPlot("", output.data);
}

const plotType = "application/vnd.plotly.v1+json";

/** A plot with its data: the script of the page draws it in place of its picture. */
function withPlot(picture: string, data: Readonly<Record<string, unknown>>): string {
  const { data: traces, layout } = (data[plotType] ?? {}) as { data?: unknown; layout?: unknown };
  return Array.isArray(traces)
    ? `<figure data-plot>${picture}${pageData({ data: traces, layout: layout ?? {} })}</figure>`
    : picture;
}

const picture = (type: string, base64: string): string => `<img src="data:${type};base64,${base64}" alt="plot">`;

/** A picture of double resolution states the size it is meant to have. */
function sized(html: string, metadata: unknown): string {
  const { width } = (metadata ?? {}) as { width?: unknown };
  return typeof width === "number" ? html.replace(/^<img /, `<img width="${Math.round(width)}" `) : html;
}

const ansiCodes = /\x1b\[[\d;]*[A-Za-z]/g;

/** Text without terminal colours. Of a line that was rewritten, the last state stays. */
function text(value: string, kind = ""): string {
  const settled = value
    .replace(ansiCodes, "")
    .replace(/\r\n/g, "\n")
    .replace(/^.*\r(?=.)/gm, "");
  return `<pre class="${`output ${kind}`.trim()}">${escapeMarkup(settled)}</pre>`;
}

/**
 * Removes an output's own scripts, also one without an end tag. Script elements that hold data (the rows of a frame)
 * do not run and stay.
 */
const withoutScripts = (html: string): string =>
  html.replace(/<script\b(?! type="application\/json">)[^]*?(?:<\/script\s*>|$)/gi, "");

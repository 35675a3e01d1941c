import type { Figure } from "./figure";
import { numberText } from "../render/text/quantity";
import { spark } from "../render/text/spark";

interface Trace {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
  readonly orientation?: unknown;
  readonly hoverinfo?: unknown;
}

const barWidth = 30;
const most = 40; // lines: what follows is counted

/** A figure for terminals and for readers without a screen: its title, then a line for every curve or bar. */
export function figureText({ data, layout }: Figure): string {
  const { title } = layout as { title?: { text?: unknown } };
  const traces = (data as readonly Trace[]).filter((trace) => trace.hoverinfo !== "skip"); // decoration
  const entries = traces.flatMap((trace) => (trace.type === "bar" ? bars(trace) : curve(trace)));
  const shown = entries.slice(0, most);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  const lines = shown.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  if (entries.length > most) lines.push(`… ${entries.length - most} more`);
  if (lines.length === 0) lines.push(`figure of ${data.length} traces`);
  return [...(typeof title?.text === "string" ? [title.text] : []), ...lines].join("\n");
}

function curve({ name, y }: Trace): [string, string][] {
  const values = Array.isArray(y) ? y.filter((value): value is number => typeof value === "number") : [];
  if (values.length === 0) return [];
  return [[String(name ?? "y"), `${spark(values)}  ${numberText(values[0]!)} → ${numberText(values.at(-1)!)}`]];
}

function bars({ x, y, orientation }: Trace): [string, string][] {
  const [labels, values] = orientation === "h" ? [y, x] : [x, y];
  if (!Array.isArray(labels) || !Array.isArray(values)) return [];
  const largest = values.reduce<number>((most, value) => Math.max(most, Math.abs(Number(value) || 0)), 0);
  return labels.map((label, i): [string, string] => {
    const value = Number(values[i]);
    const blocks = largest > 0 && Number.isFinite(value) ? Math.round((Math.abs(value) / largest) * barWidth) : 0;
    return [String(label), `${"█".repeat(blocks)} ${numberText(value)}`];
  });
}

import { readSafely } from "../render/text/read-safely";
import { traceTypes } from "./trace-types";

/** A plotly figure: traces and the layout they are drawn in, as plain JSON. */
export interface Figure {
  readonly data: readonly object[];
  readonly layout: object;
}

/** Whether `value` is a plotly figure, ours or anybody's: its traces are of kinds that plotly knows. */
export function isFigure(value: unknown): value is Figure {
  if (typeof value !== "object" || value === null) return false;
  const [data, layout] = [readSafely(value, "data"), readSafely(value, "layout")];
  return Array.isArray(data) && isRecord(layout) && data.every(isTrace);
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A trace names its kind; without one it is a scatter trace, and has points. */
function isTrace(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const type = readSafely(value, "type");
  return type === undefined
    ? ["x", "y"].some((axis) => readSafely(value, axis) !== undefined)
    : traceTypes.has(String(type));
}

/**
 * Width and height of the picture of `figure`, in CSS pixels. The default is the width of a notebook's column.
 */
export function figureSize(figure: Figure): { readonly width: number; readonly height: number } {
  const { width, height } = figure.layout as { width?: unknown; height?: unknown };
  return { width: typeof width === "number" ? width : 840, height: typeof height === "number" ? height : 360 };
}

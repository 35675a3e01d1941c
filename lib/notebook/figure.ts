/** A plotly figure: traces and the layout they are drawn in, as plain JSON. */
export interface Figure {
  readonly data: readonly object[];
  readonly layout: object;
}

/** Whether `value` has the form of a plotly figure, ours or anybody's. */
export function isFigure(value: unknown): value is Figure {
  if (typeof value !== "object" || value === null) return false;
  const { data, layout } = value as Partial<Figure>;
  return Array.isArray(data) && typeof layout === "object" && layout !== null;
}

/** Width and height of the picture of `figure`, in CSS pixels: what its layout asks for, or the width of a notebook's column. */
export function figureSize(figure: Figure): { readonly width: number; readonly height: number } {
  const { width, height } = figure.layout as { width?: unknown; height?: unknown };
  return { width: typeof width === "number" ? width : 840, height: typeof height === "number" ? height : 360 };
}

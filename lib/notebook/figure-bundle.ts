import type { MimeBundle } from "./cell";
import type { Figure } from "./figure";
import { figureImage } from "./figure-image";
import { figureText } from "./figure-text";
import { printable } from "./printable";

/** Something to display and what front ends must know about it. */
export interface Rendered {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
}

/**
 * A figure for every reader: interactive where plotly is known (JupyterLab, VS Code), a picture where it is not
 * (GitHub, exported pages), text in a terminal. If it cannot be drawn, the text says why and the rest is still there.
 */
export async function figureBundle(figure: Figure): Promise<Rendered> {
  const interactive = { "application/vnd.plotly.v1+json": { data: figure.data, layout: figure.layout } };
  const text = figureText(figure);
  try {
    const { svg, png, width, height } = await figureImage(figure);
    const type = png ? "image/png" : "image/svg+xml";
    return { data: { ...interactive, [type]: png ? png.toString("base64") : svg, "text/plain": text }, metadata: { [type]: { width, height } } };
  } catch (error) {
    return { data: { ...interactive, "text/plain": `${text}\n(no picture: ${error instanceof Error ? error.message : String(error)})` }, metadata: {} };
  }
}

/** A figure that shows itself when it is the last line of a cell. Its own fields stay plain data. */
export function shownFigure(data: readonly object[], layout: object): Figure {
  const figure: Figure = printable({ data, layout }, () => figureText(figure));
  return Object.defineProperty(figure, Symbol.for("Jupyter.display"), { value: async () => (await figureBundle(figure)).data, enumerable: false });
}

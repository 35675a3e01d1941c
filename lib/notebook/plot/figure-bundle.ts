import type { MimeBundle } from "../cell";
import type { Figure } from "./figure";
import { figureImage } from "./image/figure-image";
import { plainFigure, type PlainFigure } from "./figure-json";
import { figureText } from "./figure-text";
import { reasonOf } from "../render/text/inspect-value";
import { printable } from "../render/text/printable";

/** Something to display and what front ends must know about it. */
export interface Rendered {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
}

/**
 * A figure for every reader: interactive where plotly is known (JupyterLab, VS Code), a picture where it is not
 * (GitHub, exported pages), text in a terminal. If it cannot be drawn, the text says why and the rest is still
 * there; what cannot even be written as JSON is text alone.
 */
export async function figureBundle(figure: Figure): Promise<Rendered> {
  let plain: PlainFigure;
  try {
    plain = plainFigure(figure);
  } catch (error) {
    return { data: { "text/plain": `figure\n${noPicture(error)}` }, metadata: {} };
  }
  const interactive = { "application/vnd.plotly.v1+json": { data: plain.data, layout: plain.layout } };
  const text = figureText(plain);
  try {
    const { svg, png, width, height } = await figureImage(plain);
    const type = png ? "image/png" : "image/svg+xml";
    return {
      data: { ...interactive, [type]: png ? png.toString("base64") : svg, "text/plain": text },
      metadata: { [type]: { width, height } },
    };
  } catch (error) {
    return { data: { ...interactive, "text/plain": `${text}\n${noPicture(error)}` }, metadata: {} };
  }
}

/** A figure for a terminal. */
export function figureWords(figure: Figure): string {
  try {
    return figureText(plainFigure(figure));
  } catch (error) {
    return `figure\n${noPicture(error)}`;
  }
}

const noPicture = (error: unknown): string => `(no picture: ${reasonOf(error)})`;

/** A figure that shows itself when it is the last line of a cell. Its own fields stay plain data. */
export function shownFigure(data: readonly object[], layout: object): Figure {
  const figure: Figure = printable({ data, layout }, () => figureWords(figure));
  return Object.defineProperty(figure, Symbol.for("Jupyter.display"), {
    value: async () => (await figureBundle(figure)).data,
    enumerable: false,
  });
}

import { type Figure, figureSize } from "./figure";
import { findFont } from "./font";
import { openPlotly } from "./plotly-page";
import { type FontSource, rasterise } from "./png";
import { textWidth } from "./text-width";

/** A figure as a picture. `png` is missing where the machine has no font to write its labels with. */
export interface FigureImage {
  readonly svg: string;
  readonly png?: Buffer; // one pixel to the CSS pixel: see png.ts
  readonly width: number; // CSS pixels
  readonly height: number;
}

/** Draws figures. Each drawing waits for the one before it: they share a page. */
export type Draw = (figure: Figure) => Promise<FigureImage>;

/** Draws with the fonts of `source`. Opens plotly at once: 2 to 3 s. */
export function figurePainter(source: FontSource = {}): Draw {
  const font = findFont(source);
  const drawSvg = openPlotly((text, size) => textWidth(text, size, font?.stretch));
  let last: Promise<unknown> = Promise.resolve();

  const draw: Draw = async (figure) => {
    const { width, height } = figureSize(figure);
    const svg = await drawSvg(font ? inFont(figure, font.family) : figure, width, height);
    return { svg, width, height, ...(font ? { png: rasterise(svg, { font: source }) } : {}) };
  };
  return (figure) => {
    const drawn = last.then(() => draw(figure));
    last = drawn.then(() => undefined, () => undefined); // a figure that cannot be drawn fails for its own caller only
    return drawn;
  };
}

let painter: Draw | undefined;

/** The picture of `figure`. The first one of a process takes 2 to 3 s, later ones 0.1 to 0.6 s. */
export function figureImage(figure: Figure): Promise<FigureImage> {
  painter ??= figurePainter();
  return painter(figure);
}

/** `figure` written in the one family that is known to be here. */
function inFont(figure: Figure, family: string): Figure {
  const { font } = figure.layout as { font?: object };
  return { data: figure.data, layout: { ...figure.layout, font: { ...font, family } } };
}

import { processPool } from "../../../core/processes/process-pool";
import { type Figure, figureSize } from "../figure";
import { plainFigure, type PlainFigure } from "../figure-json";
import type { DrawReply, DrawRequest } from "./figure-process";
import { drawable, notDrawable } from "../figure-traces";
import type { FontSource } from "./png";

/** A figure as a picture. `png` is missing where the machine has no font to write its labels with. */
interface FigureImage {
  readonly svg: string;
  readonly png?: Buffer; // one pixel to the CSS pixel: see png.ts
  readonly width: number; // CSS pixels
  readonly height: number;
}

const drawingDefaults = {
  /** seconds until plotly is open; 2 to 3 where the machine is free */
  start: 120,
  /** seconds of the processor for one figure; 0.1 to 0.6 are usual. Of a loop this is the end. */
  draw: 6,
  /** seconds for one figure by the clock, on a machine as busy as may be. Of a figure that waits this is the end. */
  wait: 60,
  /** CSS pixels on a side */
  largest: 4000,
};

/**
 * Draws figures, one after the other. Throws, with the reason, where there is no picture; the next figure draws all the
 * same.
 */
export type Draw = (figure: Figure) => Promise<FigureImage>;

/** Draws with the fonts of `source`, in a process that starts with the first figure. */
export function figurePainter(source: FontSource = {}, { start, draw, wait, largest } = drawingDefaults): Draw {
  const pool = processPool<DrawRequest, DrawReply>(require.resolve("./figure-process"), 1, { startSeconds: start });

  return async (figure) => {
    const { width, height } = figureSize(figure);
    if (!(width > 0 && height > 0 && width <= largest && height <= largest))
      throw new RangeError(`its size is ${width} × ${height}, and 1 to ${largest} CSS pixels on a side can be drawn`);
    const why = notDrawable(figure);
    if (why !== undefined) throw new Error(why);
    const { data, layout } = isPlain(figure) ? figure : plainFigure(figure);
    const json = JSON.stringify(drawable({ data, layout }));
    const outcome = await pool.ask({ json, width, height, processorSeconds: draw, font: source }, { seconds: wait });
    switch (outcome.kind) {
      case "late":
        throw new Error(`drawing it took more than ${wait} s`);
      case "unstarted":
        throw new Error(
          "the process that draws did not start: " +
            (outcome.how === "late" ? `plotly was not open after ${start} s` : outcome.how),
        );
      case "died":
        throw new Error(`the process that draws ended: ${outcome.how}`);
      case "reply": {
        const { reply } = outcome;
        if (reply.kind === "failed") throw new Error(reply.why);
        return { svg: reply.svg, width, height, ...(reply.png ? { png: Buffer.from(reply.png) } : {}) };
      }
    }
  };
}

const isPlain = (figure: Figure): figure is PlainFigure => typeof (figure as Partial<PlainFigure>).json === "string";

let painter: Draw | undefined;

/** The picture of `figure`. The first one of a process takes 2 to 3 s, later ones 0.1 to 0.6 s. */
export function figureImage(figure: Figure): Promise<FigureImage> {
  painter ??= figurePainter();
  return painter(figure);
}

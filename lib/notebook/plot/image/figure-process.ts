import { startWatchdog } from "../../../core/processes/watchdog";
import type { Figure } from "../figure";
import { findFont } from "./font";
import { openPlotly } from "./plotly-page";
import { type FontSource, rasterise } from "./png";
import { textWidth } from "./text-width";

/** What the process is asked: a figure as JSON, and its size in CSS pixels. */
export interface DrawRequest {
  readonly json: string;
  readonly width: number;
  readonly height: number;
  readonly processorSeconds: number; // the most that drawing it may take
  readonly font: FontSource;
}

/** The picture, or why there is none. `png` is missing where the machine has no font. */
export type DrawReply =
  | { readonly kind: "drawn"; readonly svg: string; readonly png?: Uint8Array }
  | { readonly kind: "failed"; readonly why: string };

const memory = 3000; // MB: plotly in jsdom takes 250, a figure of a million points two thousand

/**
 * Draws figures in a process of its own: over some figures plotly loops, waits for ever or exhausts the memory,
 * and only a process can be ended then.
 */
if (process.send) {
  const limit = startWatchdog();
  process.on("disconnect", () => process.exit());
  process.on("SIGINT", () => undefined); // for the cell only: the caller ends this process at its time limit
  let font = findFont();
  const draw = openPlotly((text, size) => textWidth(text, size, font?.stretch));

  process.on("message", (request: DrawRequest) => {
    limit({ memory, processorSeconds: request.processorSeconds });
    void drawn(request).then(
      (reply) => process.send!(reply),
      (error: unknown) => process.send!({ kind: "failed", why: reasonOf(error) } satisfies DrawReply),
    );
  });
  process.send("ready");

  const drawn = async ({ json, width, height, font: source }: DrawRequest): Promise<DrawReply> => {
    font = findFont(source);
    const figure = JSON.parse(json) as Figure;
    const svg = await draw(font ? inFont(figure, font.family) : figure, width, height);
    return { kind: "drawn", svg, ...(font ? { png: rasterise(svg, { font: source }) } : {}) };
  };
}

/** `figure` written in the one family that is known to be here. */
function inFont(figure: Figure, family: string): Figure {
  const { font } = figure.layout as { font?: object };
  return { data: figure.data, layout: { ...figure.layout, font: { ...font, family } } };
}

const reasonOf = (error: unknown): string => {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : String(error);
};

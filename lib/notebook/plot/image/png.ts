import type { ResvgRenderOptions } from "@resvg/resvg-js";

/** Where fonts are looked for; the default is the machine's own. */
export type FontSource = NonNullable<ResvgRenderOptions["font"]>;

/** The font that pictures are drawn with. */
export interface Font {
  readonly family: string;
  readonly stretch: number; // its width relative to Helvetica's, for text-width.ts
}

/**
 * An SVG drawing as PNG bytes, `scale` pixels to the CSS pixel. One, though two would be sharper on many screens:
 * JupyterLab's plotly extension shows the picture pixel by pixel until the reader points at it.
 */
export function rasterise(svg: string, { scale = 1, font = {} }: { scale?: number; font?: FontSource } = {}): Buffer {
  return new (resvg().Resvg)(svg, { fitTo: { mode: "zoom", value: scale }, font }).render().asPng();
}

/** Bounding width of `text` at 100 px in `family`, in px; undefined on a machine without any font. */
export function inkWidth(text: string, family: string, font: FontSource = {}): number | undefined {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="200">' +
    `<text x="0" y="150" font-size="100" font-family="${family}">${text}</text></svg>`;
  return new (resvg().Resvg)(svg, { font }).getBBox()?.width;
}

/** Loaded at the first picture: it is a native addon, and most cells draw none. */
function resvg(): typeof import("@resvg/resvg-js") {
  return require("@resvg/resvg-js") as typeof import("@resvg/resvg-js");
}

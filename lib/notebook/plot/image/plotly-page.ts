import { readFileSync } from "node:fs";

import { random } from "../../../core/random";
import type { Figure } from "../figure";
import { type CanvasElement, PageCanvas } from "./page-canvas";
import { type Box, fontSize, type MeasureText, moved, type SvgElement, svgBox, translation } from "./svg-box";
import { pathPoints, pointAlong, polygonLength } from "./svg-path";

/** The parts of jsdom's window that are used or replaced here. */
interface Page {
  eval(code: string): unknown;
  readonly Math: { random: () => number };
  readonly URL: { createObjectURL: () => string };
  readonly Element: { readonly prototype: object };
  readonly SVGElement: { readonly prototype: object };
  readonly HTMLCanvasElement: { readonly prototype: object };
  Image: unknown;
  XMLHttpRequest: unknown;
  readonly Plotly: { toImage(figure: object, options: object): Promise<string> };
}

const nothing: Box = { x: 0, y: 0, width: 0, height: 0 };

/**
 * Plotly in a page without a browser: jsdom, plus the measuring that jsdom leaves out. Opening takes a second or
 * two and 200 MB, so one page serves the process.
 */
export function openPlotly(measure: MeasureText): (figure: Figure, width: number, height: number) => Promise<string> {
  const { JSDOM, VirtualConsole } = require("jsdom") as {
    JSDOM: new (html: string, options: object) => { window: Page };
    VirtualConsole: new () => object;
  };
  const page = new JSDOM("<!doctype html><body></body>", {
    runScripts: "outside-only",
    pretendToBeVisual: true,
    virtualConsole: new VirtualConsole(), // what jsdom cannot do would be printed into the cell
  }).window;
  addMeasuring(page, measure);
  page.URL.createObjectURL = () => "blob:none";
  page.Image = UnreachableImage;
  page.XMLHttpRequest = undefined; // nothing is fetched
  page.eval(`${readFileSync(require.resolve("plotly.js-dist-min"), "utf8")};window.Plotly=Plotly`);

  return async (figure, width, height) => {
    page.Math.random = random("plotly").next; // ids inside the drawing: the same figure gives the same SVG
    const svg = await page.Plotly.toImage(
      { data: figure.data, layout: { ...figure.layout, width, height }, config: { staticPlot: true } },
      { format: "svg", width, height, imageDataOnly: true },
    );
    return svg.replace(/url\((['"]|&quot;)(#[^'"&)]+)\1\)/g, "url($2)"); // resvg takes no quotes
  };
}

/** An image from elsewhere: it fails as it does in a browser without a network. Otherwise plotly would wait for it. */
class UnreachableImage {
  onload?: () => void;
  onerror?: (error: Error) => void;
  setAttribute(): void {}
  set src(url: string) {
    setTimeout(() => this.onerror?.(new Error(`${url.slice(0, 80)} is not loaded`)));
  }
}

/** Gives SVG elements their sizes, from the text's advance widths and the geometry in their attributes. */
function addMeasuring(page: Page, measure: MeasureText): void {
  const points = (element: SvgElement) => pathPoints(element.getAttribute?.("d") ?? "");
  const canvases = new WeakMap<CanvasElement, PageCanvas>();
  const canvasOf = (element: CanvasElement): PageCanvas => {
    const canvas = canvases.get(element) ?? new PageCanvas(element, measure);
    canvases.set(element, canvas);
    return canvas;
  };
  Object.assign(page.HTMLCanvasElement.prototype, {
    getContext(this: CanvasElement, kind: string) {
      return kind === "2d" ? canvasOf(this) : null; // no WebGL
    },
    toDataURL(this: CanvasElement) {
      return canvasOf(this).toDataURL();
    },
  });
  Object.assign(page.SVGElement.prototype, {
    getBBox(this: SvgElement) {
      return svgBox(this, measure) ?? nothing;
    },
    getComputedTextLength(this: SvgElement) {
      return measure(this.textContent ?? "", fontSize(this));
    },
    getTotalLength(this: SvgElement) {
      return polygonLength(points(this));
    },
    getPointAtLength(this: SvgElement, length: number) {
      return pointAlong(points(this), length);
    },
  });
  Object.assign(page.Element.prototype, {
    getBoundingClientRect(this: SvgElement & { readonly namespaceURI: string }) {
      return withEdges(
        this.namespaceURI.endsWith("/svg")
          ? onPage(this, measure)
          : { ...nothing, width: px(this.style?.width), height: px(this.style?.height) },
      );
    },
  });
}

/** The box of an SVG element with the shifts of all its ancestors. */
function onPage(element: SvgElement, measure: MeasureText): Box {
  let box = svgBox(element, measure) ?? nothing;
  for (let e: SvgElement | null = element; e?.getAttribute; e = e.parentNode) box = moved(box, translation(e));
  return box;
}

const withEdges = (box: Box) => ({
  ...box,
  left: box.x,
  top: box.y,
  right: box.x + box.width,
  bottom: box.y + box.height,
});

const px = (length: string | undefined): number => Number.parseFloat(length ?? "") || 0;

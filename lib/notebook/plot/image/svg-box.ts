import { pathPoints } from "./svg-path";

/** The part of a DOM element that measuring needs: this project compiles without the types of a browser. */
export interface SvgElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly children: ArrayLike<SvgElement>;
  readonly parentNode: SvgElement | null;
  readonly style?: {
    readonly fontSize: string;
    readonly textAnchor?: string;
    readonly display: string;
    readonly width: string;
    readonly height: string;
  };
  getAttribute?(name: string): string | null;
  querySelectorAll(selector: string): ArrayLike<SvgElement>;
}

/** A rectangle in user units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Width of one line of text at a font size in px. */
export type MeasureText = (text: string, fontSize: number) => number;

/** The bounding box of `element` in its own user space (SVG's getBBox), undefined when nothing of it is drawn. */
export function svgBox(element: SvgElement, measure: MeasureText): Box | undefined {
  if (element.style?.display === "none") return undefined;
  const at = (name: string) => Number.parseFloat(element.getAttribute?.(name) ?? "") || 0;
  switch (element.tagName.toLowerCase()) {
    case "text":
      return textBox(element, measure);
    case "rect":
    case "image":
      return { x: at("x"), y: at("y"), width: at("width"), height: at("height") };
    case "circle":
      return { x: at("cx") - at("r"), y: at("cy") - at("r"), width: 2 * at("r"), height: 2 * at("r") };
    case "line":
      return around([
        { x: at("x1"), y: at("y1"), width: 0, height: 0 },
        { x: at("x2"), y: at("y2"), width: 0, height: 0 },
      ]);
    case "path":
      return around(pathPoints(element.getAttribute?.("d") ?? "").map((point) => ({ ...point, width: 0, height: 0 })));
    case "svg":
    case "g":
    case "a":
      return around(
        Array.from(element.children).flatMap((child) => {
          const box = svgBox(child, measure);
          return box ? [moved(box, translation(child))] : [];
        }),
      );
    default:
      return undefined;
  }
}

/** The shift that `element`'s transform attribute makes, [dx, dy]. Rotation and scaling are not followed. */
export function translation(element: SvgElement): readonly [number, number] {
  const found = /translate\(\s*(-?[\d.e-]+)(?:[\s,]+(-?[\d.e-]+))?/.exec(element.getAttribute?.("transform") ?? "");
  return found ? [Number(found[1]), Number(found[2] ?? 0)] : [0, 0];
}

/** Font size in px that reaches `element` from itself or the nearest ancestor that sets one. */
export function fontSize(element: SvgElement): number {
  for (let e: SvgElement | null = element; e?.style; e = e.parentNode) {
    const found = /(?<![\d.])([\d.]+)px/.exec(e.style.fontSize || (e.getAttribute?.("font-size") ?? ""));
    if (found) return Number(found[1]);
  }
  return 12;
}

/** `box` shifted by [dx, dy]. */
export const moved = (box: Box, [dx, dy]: readonly [number, number]): Box => ({ ...box, x: box.x + dx, y: box.y + dy });

function textBox(element: SvgElement, measure: MeasureText): Box | undefined {
  const spans = Array.from(element.querySelectorAll("tspan.line")); // plotly writes one for each line
  const lines = spans.length > 0 ? spans : [element];
  const width = Math.max(...lines.map((line) => measure(line.textContent ?? "", fontSize(line))));
  if (width === 0) return undefined;

  const size = fontSize(element);
  const anchor = element.getAttribute?.("text-anchor") || element.style?.textAnchor;
  const [x, y] = ["x", "y"].map((name) => Number.parseFloat(element.getAttribute?.(name) ?? "") || 0) as [
    number,
    number,
  ];
  const left = x - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  // 0.93 above the baseline and 0.24 below are the ascent and descent of the fonts in use; lines stand 1.3 apart.
  return { x: left, y: y - 0.93 * size, width, height: (1.17 + 1.3 * (lines.length - 1)) * size };
}

function around(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

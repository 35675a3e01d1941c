import { textWidth } from "./image/text-width";

/** A dot in the plane of a figure, with its label. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** The size of the plane in CSS pixels, and of the labels' font. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
}

type Box = readonly [left: number, top: number, right: number, bottom: number];

const dot = 7; // CSS pixels around the middle of a dot that a label leaves free

/** Where a label of this width and height may stand around (x, y), by plotly's name, the best place first. */
const places: readonly (readonly [name: string, box: (x: number, y: number, w: number, h: number) => Box])[] = [
  ["top center", (x, y, w, h) => [x - w / 2, y - dot - h, x + w / 2, y - dot]],
  ["bottom center", (x, y, w, h) => [x - w / 2, y + dot, x + w / 2, y + dot + h]],
  ["middle right", (x, y, w, h) => [x + dot, y - h / 2, x + dot + w, y + h / 2]],
  ["middle left", (x, y, w, h) => [x - dot - w, y - h / 2, x - dot, y + h / 2]],
  ["top right", (x, y, w, h) => [x + dot, y - dot - h, x + dot + w, y - dot]],
  ["bottom right", (x, y, w, h) => [x + dot, y + dot, x + dot + w, y + dot + h]],
  ["top left", (x, y, w, h) => [x - dot - w, y - dot - h, x - dot, y - dot]],
  ["bottom left", (x, y, w, h) => [x - dot - w, y + dot, x - dot, y + dot + h]],
];

/**
 * A place beside its dot for each label, by plotly's names, such that none stands on another label or dot where that is
 * possible. Labels are placed in their order, each where it covers least.
 *
 * @param ranges the values at the ends of the axes: [left, right] and [bottom, top]
 */
export function labelPlaces(
  dots: readonly Labelled[],
  ranges: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
  { width, height, fontSize }: Plane = { width: 620, height: 270, fontSize: 13 },
): string[] {
  const along = (value: number, [from, to]: readonly [number, number], size: number) =>
    to === from ? size / 2 : ((value - from) / (to - from)) * size;
  const middles = dots.map(({ x, y }) => [along(x, ranges.x, width), height - along(y, ranges.y, height)] as const);
  const taken: Box[] = middles.map(([x, y]) => [x - dot + 1, y - dot + 1, x + dot - 1, y + dot - 1]);
  const frame: Box = [-20, -20, width + 80, height];
  return dots.map(({ label }, i) => {
    const [x, y] = middles[i]!;
    const costs = places.map(([, box]) => {
      const own = box(x, y, textWidth(label, fontSize), fontSize * 1.3);
      return taken.reduce((sum, other) => sum + overlap(own, other), 0) + outside(own, frame);
    });
    const best = costs.indexOf(costs.reduce((a, b) => Math.min(a, b)));
    const [name, box] = places[best]!;
    taken.push(box(x, y, textWidth(label, fontSize), fontSize * 1.3));
    return name;
  });
}

/** The area that two boxes share, in square pixels. */
const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));

/** The area of a box that lies outside the frame, in square pixels. */
const outside = (box: Box, frame: Box): number => (box[2] - box[0]) * (box[3] - box[1]) - overlap(box, frame);

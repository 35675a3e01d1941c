/** Points and lengths of SVG paths: the part of a browser's geometry that plotly's layout needs. */

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Numbers that one repetition of a command takes (SVG 1.1, §8.3). */
const operands: Readonly<Record<string, number>> = { M: 2, L: 2, T: 2, H: 1, V: 1, C: 6, S: 4, Q: 4, A: 7 };

/** Where the segments of the path `d` end. Curves count by their end points: they stay close enough for a layout. */
export function pathPoints(d: string): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, command, rest] of d.matchAll(/([a-z])([^a-df-z]*)/gi)) {
    const relative = command === command!.toLowerCase();
    const kind = command!.toUpperCase();
    const take = operands[kind];
    if (take === undefined) continue; // Z draws nothing new
    const numbers = (rest!.match(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    for (let i = 0; i + take <= numbers.length; i += take) {
      const last = numbers[i + take - 1]!;
      const [toX, toY] =
        kind === "H" ? [last, undefined] : kind === "V" ? [undefined, last] : [numbers[i + take - 2], last];
      x = toX === undefined ? x : relative ? x + toX : toX;
      y = toY === undefined ? y : relative ? y + toY : toY;
      points.push({ x, y });
    }
  }
  return points;
}

/** Length of the polygon through `points`, user units. */
export function polygonLength(points: readonly Point[]): number {
  return points.slice(1).reduce((sum, point, i) => sum + distance(points[i]!, point), 0);
}

/** The point `length` user units along the polygon through `points`; its ends beyond its ends. */
export function pointAlong(points: readonly Point[], length: number): Point {
  let left = Math.max(0, length);
  for (const [i, to] of points.slice(1).entries()) {
    const from = points[i]!;
    const span = distance(from, to);
    if (left <= span && span > 0)
      return { x: from.x + (left / span) * (to.x - from.x), y: from.y + (left / span) * (to.y - from.y) };
    left -= span;
  }
  return points.at(-1) ?? { x: 0, y: 0 };
}

const distance = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y);

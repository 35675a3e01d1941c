import { columnValues, type Panel, positions } from "../run-report/columns";
import { escapeMarkup } from "../render/text/escape";
import { metricNames } from "../run-report/metric-name";
import { numberText } from "../render/text/quantity";
import { smoothed } from "../plot/smooth";
import { colour, faded, fontStack, ink } from "../plot/theme";
import { ticks } from "../plot/ticks";

/** Sizes in CSS pixels. */
const panel = { width: 300, height: 168, left: 46, right: 18, top: 30, bottom: 24 };
const pointLimit = 240; // more than the pixels of a panel

/**
 * The curves of a run that is still going, as SVG drawn by hand: two thousand times cheaper than plotly, and redrawn
 * while training waits. Three panels stand in a row. Each spans the whole run, so its empty part shows what remains.
 *
 * @param until last step of the run; the default is the step of the last row
 */
export function liveCurves(rows: readonly object[], grid: readonly Panel[], until?: number): string {
  const x = positions(rows);
  const first = x[0] ?? 1; // a resumed run starts at a later step
  const last = Math.max(until ?? 0, x.at(-1) ?? 1, first + 1);
  const across = Math.min(3, grid.length);
  const [width, height] = [across * panel.width, Math.ceil(grid.length / across) * panel.height];
  const drawn = grid.map((columns, i) => {
    const [dx, dy] = [(i % across) * panel.width, Math.floor(i / across) * panel.height];
    return `<g transform="translate(${dx} ${dy})">${drawPanel(rows, x, columns, first, last)}</g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${fontStack}" font-size="12">` +
    `<rect width="${width}" height="${height}" fill="${ink.ground}"/>${drawn.join("")}</svg>`
  );
}

function drawPanel(rows: readonly object[], x: readonly number[], columns: Panel, first: number, last: number): string {
  const curves = columns.map((column) => columnValues(rows, column));
  const [low, high] = range(curves.flat());
  const [w, h] = [panel.width - panel.left - panel.right, panel.height - panel.top - panel.bottom];
  const atX = (step: number) => panel.left + ((step - first) / (last - first)) * w;
  const atY = (value: number) => panel.top + (1 - (value - low) / (high - low)) * h;

  const grid = ticks(low, high).map((value) => {
    const y = atY(value).toFixed(1);
    return (
      `<path d="M${panel.left} ${y}h${w}" stroke="${ink.grid}"/>` +
      `<text x="${panel.left - 6}" y="${y}" dy=".33em" text-anchor="end" fill="${ink.quiet}">${minus(value)}</text>`
    );
  });
  const steps = ticks(first, last, 5)
    .filter(Number.isInteger)
    .map(
      (step) =>
        `<text x="${atX(step).toFixed(1)}" y="${panel.height - 7}" text-anchor="middle" ` +
        `fill="${ink.quiet}">${step}</text>`,
    );
  const lines = curves.flatMap((values, j) => {
    const stroke = colour(j);
    const wide = Math.ceil(rows.length / 10);
    const draw = (ys: readonly (number | null)[], look: string) =>
      `<path d="${pathThrough(x, ys, atX, atY)}" fill="none" stroke-linejoin="round" stroke-linecap="round" ${look}/>`;
    if (values.filter((value) => value !== null).length === 1)
      return [draw(values, `stroke="${stroke}" stroke-width="5"`)]; // a dot that can be seen
    return wide < 2
      ? [draw(values, `stroke="${stroke}" stroke-width="1.8"`)]
      : [
          draw(values, `stroke="${faded(stroke, 0.28)}"`),
          draw(smoothed(values, wide), `stroke="${stroke}" stroke-width="2"`),
        ];
  });
  const base = `<path d="M${panel.left} ${panel.top}v${h}h${w}" fill="none" stroke="${ink.axis}"/>`;
  return `${heading(columns, curves)}${grid.join("")}${base}${steps.join("")}${lines.join("")}`;
}

/** Names in the colours of their lines, each with its latest value. */
function heading(columns: Panel, curves: readonly (readonly (number | null)[])[]): string {
  const parts = metricNames(columns).map((name, j) => {
    const latest = curves[j]!.filter((value): value is number => value !== null).at(-1);
    const value = latest === undefined ? "" : ` <tspan fill="${ink.quiet}">${minus(latest)}</tspan>`;
    const fill = columns.length > 1 ? colour(j) : ink.text;
    return `<tspan fill="${fill}"${j > 0 ? ' dx="10"' : ""}>${escapeMarkup(name)}</tspan>${value}`;
  });
  return `<text x="${panel.left}" y="19" font-size="13">${parts.join("")}</text>`;
}

/**
 * The range of the y axis: 6 % beyond the lowest and the highest value, or 50 % around a constant. Where no value is
 * negative, it starts at 0 or above.
 */
function range(values: readonly (number | null)[]): readonly [number, number] {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return [0, 1];
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  if (low === 0 && high === 0) return [0, 1];
  const air = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.5;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

function pathThrough(
  x: readonly number[],
  ys: readonly (number | null)[],
  atX: (step: number) => number,
  atY: (value: number) => number,
): string {
  const stride = Math.ceil(ys.length / pointLimit);
  const points = ys.flatMap((y, i) =>
    y === null || (i % stride !== 0 && i !== ys.length - 1) ? [] : [`${atX(x[i]!).toFixed(1)} ${atY(y).toFixed(1)}`],
  );
  // A single point is drawn as a dot.
  return points.length === 0 ? "" : `M${points.join("L")}${points.length === 1 ? "h.1" : ""}`;
}

const minus = (x: number): string => numberText(x).replace("-", "−");

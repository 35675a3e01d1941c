import { faded } from "./theme";
import { smoothed } from "./smooth";

/**
 * A line to draw: its name, its points, its colour. Nulls are bridged: validation columns have a value every few steps
 * only.
 */
export interface Line {
  readonly name: string;
  readonly x: readonly unknown[];
  readonly y: readonly (number | null)[];
  readonly colour: string;
  readonly dashed?: boolean; // it lies on another line, which shows through
  readonly steps?: boolean; // a value holds until the next one: no slopes between
  readonly axes?: { readonly xaxis: string; readonly yaxis: string }; // the panel, where there are several
}

/** Plotly traces of `line`: itself, or its running mean over `smooth` rows with the raw values faint behind it. */
export function lineTraces(
  { name, x, y, colour, axes = { xaxis: "x", yaxis: "y" }, steps = false, dashed = false }: Line,
  smooth: number,
): object[] {
  const known = y.filter((value) => value !== null).length;
  const base = { type: "scatter", x, connectgaps: true, ...axes };
  const shape = (width: number, stroke: string) => ({
    mode: known > 1 && known <= 12 ? "lines+markers" : known === 1 ? "markers" : "lines",
    line: { color: stroke, width, ...(steps && { shape: "hv" }), ...(dashed && { dash: "dash" }) },
    marker: { color: stroke, size: 5 },
  });
  if (smooth <= 1 || known < 3) return [{ ...base, name, y, ...shape(1.8, colour) }];
  return [
    {
      ...base,
      name: `${name}, raw`,
      y,
      mode: "lines",
      line: { color: faded(colour, 0.28), width: 1 },
      showlegend: false,
      hoverinfo: "skip",
    },
    {
      ...base,
      name,
      y: smoothed(y, smooth),
      mode: "lines",
      line: { color: colour, width: 2, ...(dashed && { dash: "dash" }) },
    },
  ];
}

/**
 * Which of the series lie on an earlier one at half of their values or more, within half a percent of the range of
 * all. They are drawn dashed, so that the earlier one shows through.
 */
export function coinciding(series: readonly (readonly (number | null)[])[]): boolean[] {
  const known = series.flat().filter((value): value is number => value !== null);
  const range =
    known.reduce((most, value) => Math.max(most, value), -Infinity) -
    known.reduce((least, value) => Math.min(least, value), Infinity);
  const near = (a: number | null | undefined, b: number | null) =>
    (a === null || a === undefined) === (b === null) && (b === null || Math.abs(a! - b) <= range * 0.005);
  return series.map((values, j) =>
    series.slice(0, j).some((earlier) => {
      const present = values.filter((value) => value !== null).length;
      const shared = values.filter((value, i) => value !== null && near(earlier[i], value)).length;
      return present > 0 && shared * 2 >= present;
    }),
  );
}

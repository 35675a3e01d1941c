import type { Figure } from "./figure";
import { shownFigure } from "./figure-bundle";
import { labelPlaces } from "./label-places";
import { records, requireColumns, type RecordsOrFrame } from "../render/table/rows";
import { axis, buttons, colour, faded, layout } from "./theme";

/**
 * One dot for each row, a colour for each series: recall against the length of the query.
 *
 * @param options.by column that names the series; without it all rows are one
 * @param options.label column with the label of a dot. It shows on hover, and beside the dot where there are
 * at most ten, each where it covers no other
 * @param options.logX draw `x` on a logarithmic scale: documents retrieved
 */
export function points(
  rows: RecordsOrFrame,
  x: string,
  y: string,
  options: {
    readonly by?: string;
    readonly label?: string;
    readonly title?: string;
    readonly xTitle?: string;
    readonly yTitle?: string;
    readonly logX?: boolean;
  } = {},
): Figure {
  const { by, label, title, xTitle = x, yTitle = y, logX = false } = options;
  const all = records(rows);
  requireColumns("plot.points", all, [
    x,
    y,
    ...(by === undefined ? [] : [by]),
    ...(label === undefined ? [] : [label]),
  ]);
  const drawn = logX ? all.filter((row) => Number(row[x]) > 0) : all;
  const series = [...new Set(drawn.map((row) => (by === undefined ? "" : String(row[by]))))];
  const few = label !== undefined && all.length <= 10;
  const places = few ? new Map(placed(drawn, x, y, label, logX)) : undefined;
  const traces = series.map((name, i) => {
    const own = drawn.filter((row) => by === undefined || String(row[by]) === name);
    return {
      type: "scatter",
      mode: few ? "markers+text" : "markers",
      name,
      x: own.map((row) => Number(row[x])),
      y: own.map((row) => Number(row[y])),
      ...(label !== undefined && { text: own.map((row) => String(row[label])) }),
      ...(places && { textposition: own.map((row) => places.get(row)!) }),
      marker: { size: few ? 10 : 7, color: faded(colour(i), few ? 1 : 0.55) },
      hovertemplate: `${label === undefined ? "" : "%{text}<br>"}%{x:.3~f}, %{y:.3f}<extra>${name}</extra>`,
      cliponaxis: false,
    };
  });
  const several = series.length > 1 && !few;
  return shownFigure(traces, {
    ...layout(title, 380),
    margin: { l: 48, r: few ? 90 : 20, t: 26 + (title === undefined ? 0 : 30 + buttons) + (several ? 16 : 0), b: 50 },
    showlegend: several,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", font: { size: 13 } },
    hovermode: "closest",
    xaxis: { ...axis(xTitle), ...(logX ? { type: "log" } : { rangemode: "tozero" }) },
    yaxis: { ...axis(yTitle), rangemode: "tozero" },
  });
}

type Row = Readonly<Record<string, unknown>>;

/** Each row with the place of its label. Both axes begin at zero, except a logarithmic one. */
function placed(rows: readonly Row[], x: string, y: string, label: string, logX: boolean): [Row, string][] {
  const dots = rows.map((row) => ({
    x: logX ? Math.log10(Number(row[x])) : Number(row[x]),
    y: Number(row[y]),
    label: String(row[label]),
  }));
  const range = (values: readonly number[], zero: boolean): readonly [number, number] => [
    values.reduce((a, b) => Math.min(a, b), zero ? 0 : Infinity),
    values.reduce((a, b) => Math.max(a, b), zero ? 0 : -Infinity),
  ];
  const ranges = {
    x: range(
      dots.map(({ x }) => x),
      !logX,
    ),
    y: range(
      dots.map(({ y }) => y),
      true,
    ),
  };
  return labelPlaces(dots, ranges).map((place, i) => [rows[i]!, place]);
}

import { columnValues } from "../run-report/columns";
import type { Figure } from "./figure";
import { shownFigure } from "./figure-bundle";
import { metricName, metricNames } from "../run-report/metric-name";
import { records, requireColumns, type RecordsOrFrame } from "../render/table/rows";
import { axis, buttons, colour, ink, layout, wholeTicks } from "./theme";
import { coinciding, lineTraces } from "./traces";

/**
 * One line for each column of `ys` over the column `x`.
 *
 * @param options.smooth rows in the running mean; the raw values stay visible behind it. 1 draws them as they are.
 * @param options.steps draw a step function: a value holds until the next one
 * @param options.logX draw `x` on a logarithmic scale: ranks, learning rates
 */
export function lines(
  rows: RecordsOrFrame,
  x: string,
  ys: readonly string[],
  {
    title,
    yTitle,
    smooth = 1,
    steps = false,
    logX = false,
  }: {
    readonly title?: string;
    readonly yTitle?: string;
    readonly smooth?: number;
    readonly steps?: boolean;
    readonly logX?: boolean;
  } = {},
): Figure {
  const points = records(rows);
  requireColumns("plot.lines", points, [x, ...ys]);
  const at = points.map((row) => row[x]);
  const names = metricNames(ys);
  const values = ys.map((y) => columnValues(points, y));
  const dashed = coinciding(values);
  const traces = values.flatMap((y, i) =>
    lineTraces({ name: names[i]!, x: at, y, colour: colour(i), steps, dashed: dashed[i]! }, smooth),
  );

  const several = ys.length > 1;
  return shownFigure(traces, {
    ...layout(title, 360),
    margin: { l: 48, r: 20, t: 22 + (title === undefined ? 0 : 30 + buttons) + (several ? 16 : 0), b: 44 },
    showlegend: several, // a single line is named by its axis
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", font: { size: 13 } },
    xaxis: {
      ...axis(metricName(x)),
      showgrid: false,
      showline: true,
      ticks: "outside",
      ticklen: 4,
      tickcolor: ink.axis,
      ...(logX ? { type: "log", dtick: 1, tickformat: ",d" } : wholeTicks(at)),
    },
    yaxis: {
      ...(values.flat().every((value) => value === null || value === 0) && { range: [0, 1] }),
      ...axis(yTitle ?? (several ? "" : names[0])),
    },
  });
}

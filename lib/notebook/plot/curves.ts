import { columnValues, type Panel, panels } from "../run-report/columns";
import type { Figure } from "./figure";
import { shownFigure } from "./figure-bundle";
import { metricName, metricNames } from "../run-report/metric-name";
import { numberText } from "../render/text/quantity";
import { records, requireColumns, type RecordsOrFrame } from "../render/table/rows";
import { textWidth } from "./image/text-width";
import { axis, buttons, colour, ink, layout, wholeTicks } from "./theme";
import { coinciding, lineTraces } from "./traces";

const panelHeight = 190; // CSS pixels, with its heading
const headHeight = 50;
const gap = 0.075; // between columns of panels, as a fraction of the width

/**
 * Small multiples: a panel for each entry of `plot`, three in a row, all over the same `x`. An entry is a column or
 * several that share a scale. Above each panel stand its names, with the first and the last value.
 *
 * @param options.smooth rows in the running mean; the default is a tenth of the rows. 1 draws the raw values alone.
 */
export function curves(
  rows: RecordsOrFrame,
  x: string,
  plot: readonly (string | Panel)[],
  { title, smooth }: { readonly title?: string | undefined; readonly smooth?: number | undefined } = {},
): Figure {
  const points = records(rows);
  const grid = panels(plot);
  requireColumns("plot.curves", points, [x, ...grid.flat()]);
  const at = points.map((row) => row[x]);
  const across = Math.min(3, grid.length);
  const down = Math.ceil(grid.length / across);
  const height = down * panelHeight + (title === undefined ? 10 : headHeight) + 26 + buttons;

  const traces: object[] = [];
  const headings: object[] = [];
  const axes: Record<string, object> = {};
  for (const [i, columns] of grid.entries()) {
    const number = i === 0 ? "" : String(i + 1);
    const domain = panelDomain(i % across, Math.floor(i / across), across, down);
    const names = metricNames(columns);
    const values = columns.map((column) => columnValues(points, column));
    const dashed = coinciding(values);
    for (const [j, y] of values.entries()) {
      traces.push(
        ...lineTraces(
          {
            name: names[j]!,
            x: at,
            y,
            colour: colour(j),
            dashed: dashed[j]!,
            axes: { xaxis: `x${number}`, yaxis: `y${number}` },
          },
          smooth ?? Math.ceil(points.length / 10),
        ),
      );
    }
    headings.push({
      text: heading(names, values, across < 3 ? 300 : 205),
      x: domain.x[0],
      y: domain.y[1],
      xref: "paper",
      yref: "paper",
      xanchor: "left",
      yanchor: "bottom",
      align: "left",
      showarrow: false,
      xshift: -3,
      yshift: 4,
      font: { size: 13, color: ink.text },
    });
    const lowest = i + across >= grid.length; // only the lowest panels have a title on the x axis
    axes[`xaxis${number}`] = {
      ...axis(lowest ? metricName(x) : ""),
      domain: domain.x,
      anchor: `y${number}`,
      showgrid: false,
      showline: true,
      ticks: "outside",
      ticklen: 3,
      tickcolor: ink.axis,
      nticks: 5,
      automargin: false,
      ...wholeTicks(at),
    };
    axes[`yaxis${number}`] = {
      ...axis(),
      domain: domain.y,
      anchor: `x${number}`,
      nticks: 5,
      automargin: false,
      ...(values.flat().every((value) => value === null || value === 0) && { range: [0, 1] }),
    };
  }
  return shownFigure(traces, {
    ...layout(title, height),
    ...(across < 3 ? { width: across * 360 } : {}), // three panels fill the width of the page
    margin: { l: 46, r: 14, t: (title === undefined ? 28 : headHeight + 18) + buttons, b: 46 },
    showlegend: false,
    hovermode: "closest",
    annotations: headings,
    ...axes,
  });
}

/** The share of the drawing that the panel in `column` and `row` takes, as fractions from the lower left. */
function panelDomain(
  column: number,
  row: number,
  across: number,
  down: number,
): { x: [number, number]; y: [number, number] } {
  const width = (1 - gap * (across - 1)) / across;
  const between = down > 1 ? 0.17 : 0;
  const tall = (1 - between * (down - 1)) / down;
  const left = column * (width + gap);
  const top = 1 - row * (tall + between);
  return { x: [left, left + width], y: [Math.max(0, top - tall), top] };
}

/**
 * `reward  0.2 → 6.1`; several names in the colours of their lines. Beside a long name stands the last value alone, or
 * none: the heading is at most `most` px wide.
 */
function heading(names: readonly string[], values: readonly (readonly (number | null)[])[], most: number): string {
  if (names.length > 1) return names.map((name, j) => `<span style="color:${colour(j)}">${name}</span>`).join(", ");
  const known = values[0]!.filter((value): value is number => value !== null);
  if (known.length === 0) return names[0]!;
  const last = minus(known.at(-1)!);
  const room = most - textWidth(names[0]!, 13) - 8;
  const moved = [`${minus(known[0]!)} → ${last}`, `→ ${last}`].find((text) => textWidth(text, 11) <= room);
  return moved === undefined
    ? names[0]!
    : `${names[0]}\u00a0 <span style="color:${ink.quiet};font-size:11px">${moved}</span>`;
}

/** With the minus sign that the axes use. */
const minus = (x: number): string => numberText(x).replace("-", "−");

import type { Figure } from "./figure";
import { shownFigure } from "./figure-bundle";
import { numberText } from "../render/text/quantity";
import { records, requireColumns, type RecordsOrFrame } from "../render/table/rows";
import { axis, buttons, ink, layout, palette } from "./theme";

const barHeight = 44; // CSS pixels from one bar to the next

/**
 * One horizontal bar for each row, the largest value first, with its value written at its outer end.
 *
 * @param label column with the names of the bars
 * @param value column with their lengths
 * @param options.error an interval for each bar: a column of half-widths or of [low, high] pairs, or the two columns
 *   that hold low and high
 * @param options.order "rows" keeps the order of the rows: steps, before and after
 * @param options.highlight the label of the bar to emphasise; the others are drawn in grey
 */
export function bars(
  rows: RecordsOrFrame,
  label: string,
  value: string,
  options: {
    readonly error?: string | readonly [string, string];
    readonly title?: string;
    readonly valueTitle?: string;
    readonly highlight?: string;
    readonly order?: "value" | "rows";
  } = {},
): Figure {
  const { error, title, valueTitle = value, highlight, order = "value" } = options;
  const given = records(rows);
  requireColumns("plot.bars", given, [label, value, ...(error === undefined ? [] : [error].flat())]);
  const items = order === "rows" ? given : [...given].sort((a, b) => Number(b[value]) - Number(a[value]));
  const labels = items.map((row) => String(row[label]));
  if (highlight !== undefined && !labels.includes(highlight))
    throw new TypeError(`plot.bars: no bar is called "${highlight}". Bars: ${labels.join(", ")}.`);
  const values = items.map((row) => Number(row[value]));
  const intervals = items.map((row, i) => interval(row, values[i]!, error));
  const ends = intervals.map(([low, high], i) =>
    values[i]! < 0 ? Math.min(low, values[i]!) : Math.max(0, high, values[i]!),
  );
  const texts = spelled(values);

  const bar = {
    type: "bar",
    orientation: "h",
    name: valueTitle,
    x: values,
    y: labels,
    width: 0.62,
    marker: { color: labels.map((name) => (highlight === undefined || name === highlight ? palette[0] : ink.aside)) },
    hovertemplate: "%{y}: %{x:.3f}<extra></extra>",
    ...(error === undefined ? {} : { error_x: errorBars(values, intervals) }),
  };
  // The value stands behind the bar's interval, not on it.
  const written = {
    type: "scatter",
    mode: "text",
    x: ends,
    y: labels,
    text: values.map((x, i) => (x < 0 ? `${texts[i]}\u00a0\u00a0` : `\u00a0\u00a0${texts[i]}`)),
    textposition: values.map((x) => (x < 0 ? "middle left" : "middle right")),
    textfont: { size: 13, color: ink.text },
    cliponaxis: false,
    hoverinfo: "skip",
    showlegend: false,
  };
  return shownFigure([bar, written], {
    ...layout(title, items.length * barHeight + (title === undefined ? 70 : 106 + buttons)),
    margin: { l: 20, r: 64, t: title === undefined ? 14 : 50 + buttons, b: 50 },
    showlegend: false,
    hovermode: "closest",
    bargap: 0.3,
    xaxis: {
      ...axis(valueTitle),
      ...(values.some((x) => x < 0) ? { range: withRoom(ends) } : { rangemode: "tozero" }),
    },
    yaxis: {
      ...axis(),
      type: "category", // names such as "1", "4" and "16" are no places on a scale
      autorange: "reversed",
      dtick: 1, // every bar has its name: plotly would leave names out where there are many bars
      showgrid: false,
      tickfont: { size: 13, color: ink.text },
      ticksuffix: "  ",
    },
  });
}

/** The range of an axis with room at its negative end for the values written there. */
function withRoom(ends: readonly number[]): readonly [number, number] {
  const [low, high] = [ends.reduce((a, b) => Math.min(a, b), 0), ends.reduce((a, b) => Math.max(a, b), 0)];
  return [low - (high - low) * 0.12, high + (high - low) * 0.02];
}

/** [low, high] around `value`, from the one or two columns that `error` names. */
function interval(
  row: Readonly<Record<string, unknown>>,
  value: number,
  error: string | readonly [string, string] | undefined,
): readonly [number, number] {
  if (error === undefined) return [value, value];
  if (typeof error !== "string") return [Number(row[error[0]]), Number(row[error[1]])];
  const given = row[error];
  return Array.isArray(given) ? [Number(given[0]), Number(given[1])] : [value - Number(given), value + Number(given)];
}

function errorBars(values: readonly number[], intervals: readonly (readonly [number, number])[]): object {
  return {
    type: "data",
    symmetric: false,
    array: intervals.map(([, high], i) => high - values[i]!),
    arrayminus: intervals.map(([low], i) => values[i]! - low),
    color: ink.text,
    thickness: 1.2,
    width: 4,
  };
}

/** The values with equal digits behind the point, so that they line up: 0.750 beside 0.106 and 1.000. */
function spelled(values: readonly number[]): string[] {
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const decimals = values.every(Number.isInteger) ? 0 : largest <= 1 ? 3 : largest < 10 ? 2 : largest < 100 ? 1 : 0;
  return values.map((x) => (Number.isFinite(x) ? x.toFixed(decimals).replace("-", "−") : numberText(x)));
}

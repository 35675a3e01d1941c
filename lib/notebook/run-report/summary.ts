import { columnValues } from "./columns";
import { essentialColumns } from "./essentials";
import { metricNames, metricText } from "./metric-name";

/** A run in one line: `100 steps: reward 0.219 → 6, R@50 0.1 → 0.75`; `40 of 100 steps, stopped: …`. */
export function summary(
  rows: readonly object[],
  {
    total,
    ended = "finished",
    columns = essentialColumns(rows),
  }: {
    readonly total?: number | undefined;
    readonly ended?: string | undefined;
    readonly columns?: readonly string[] | undefined;
  } = {},
): string {
  const counted = rows.some((row) => typeof (row as { step?: unknown }).step === "number");
  const short = ended !== "finished";
  const of = short && total !== undefined ? total : undefined;
  const noun = `${counted ? "step" : "result"}${(of ?? rows.length) === 1 ? "" : "s"}`;
  const count = `${rows.length}${of === undefined ? "" : ` of ${of}`} ${noun}${short ? `, ${ended}` : ""}`;
  if (!counted) return count;

  const names = metricNames(columns);
  const moved = columns.map((column, i) => {
    const known = columnValues(rows, column).filter((value): value is number => value !== null);
    return `${names[i]} ${metricText(column, known[0] ?? NaN)} → ${metricText(column, known.at(-1) ?? NaN)}`;
  });
  return moved.length > 0 ? `${count}: ${moved.join(", ")}` : count;
}

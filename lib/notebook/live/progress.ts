import { metricNames, metricText } from "../run-report/metric-name";
import { durationText } from "../render/text/quantity";

/** How far a run is. */
export interface Progress {
  readonly label: string; // "step", "queries"
  readonly done: number; // where it stands: the last row's step, or the number of rows
  readonly total?: number | undefined;
  readonly rows: number; // rows that this run made: a resumed one starts at a later step, or repeats earlier rows
  readonly seconds: number; // since the first was asked for
  readonly ended?: string | undefined; // why nothing more comes: "finished", "stopped", "failed"
}

const barWidth = 12;

/** `step 40/100 █████░░░░░░░  reward 3.1  R@50 0.62  3.2 s/step  3 min left`: one line for any screen. */
export function progressLine(progress: Progress, last: object | undefined, columns: readonly string[]): string {
  const { label, done, total } = progress;
  const count = total === undefined ? `${label} ${done}` : `${label} ${done}/${total} ${blocks(done / total)}`;
  const values = metricNames(columns).flatMap((name, i) => {
    const value = (last as Readonly<Record<string, unknown>> | undefined)?.[columns[i]!];
    if (typeof value === "number") return [`${name} ${metricText(columns[i]!, value)}`];
    return typeof value === "string" ? [value] : [];
  });
  return [count, ...values, ...pace(progress)].join("  ");
}

/** Fraction of the run that is behind us, in [0, 1]; undefined when its length is unknown. */
export function fractionDone({ done, total }: Progress): number | undefined {
  return total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total));
}

function pace({ label, done, total, rows, seconds, ended }: Progress): string[] {
  if (rows === 0) return [ended ?? "starting"];
  const each = seconds / rows;
  const rate = `${durationText(each)}/${label}`;
  if (ended !== undefined) return [rate, `${ended} after ${durationText(seconds)}`];
  return total === undefined || done >= total ? [rate] : [rate, `${durationText(each * (total - done))} left`];
}

function blocks(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction || 0)) * barWidth);
  return "█".repeat(full) + "░".repeat(barWidth - full);
}

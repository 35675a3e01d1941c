const position = "step"; // where a row stands in its run: never a metric

/** The order of columns, the most telling first. The first pattern that matches ranks a column. */
const interesting = [
  /^reward|^critic\/score|^train\/loss/,
  /^R@|recall|ndcg|success/i,
  /kl$/,
  /explained_var/,
  /length/,
  /malformed|format/,
  /entropy/,
];

/** Shares of tiers and counts: many columns that repeat what the reward tells. */
const uninteresting = /_recall_ratio$|\/n_(scored|total)$|\/outages\/|^training\/global_step$/;

/** One panel of curves: the columns drawn into it. */
export type Panel = readonly string[];

/** The numeric columns of `rows` to show by default, the most telling first. */
export function metricColumns(rows: readonly object[], limit = 6): string[] {
  const columns = new Set<string>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row))
      if (typeof value === "number" && name !== position && !uninteresting.test(name)) columns.add(name);
  }
  const rank = (name: string) => {
    const found = interesting.findIndex((pattern) => pattern.test(name));
    return found < 0 ? interesting.length : found;
  };
  return [...columns].sort((a, b) => rank(a) - rank(b)).slice(0, limit);
}

/** `["reward/mean", ["R@50", "malformed"]]` → one panel for each entry. */
export function panels(plot: readonly (string | Panel)[]): Panel[] {
  return plot.map((entry) => (typeof entry === "string" ? [entry] : entry));
}

/** The values of one column, null where a row has none: validation columns appear every few steps only. */
export function columnValues(rows: readonly object[], column: string): (number | null)[] {
  return rows.map((row) => {
    const value = (row as Readonly<Record<string, unknown>>)[column];
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  });
}

/** Where each row stands: its `step`, or its place in line starting at 1. */
export function positions(rows: readonly object[]): number[] {
  return rows.map((row, i) => {
    const { step } = row as { step?: unknown };
    return typeof step === "number" ? step : i + 1;
  });
}

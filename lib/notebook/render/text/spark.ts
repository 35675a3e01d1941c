const levels = "▁▂▃▄▅▆▇█";

/**
 * A curve in one line of text, `width` characters at most: `▁▁▂▄▅▇█`. Each character is the mean of its share of the
 * values.
 */
export function spark(values: readonly (number | null)[], width = 24): string {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const buckets = thinned(known, width);
  const low = Math.min(...buckets);
  const span = Math.max(...buckets) - low;
  return buckets
    .map((value) => levels[span === 0 ? 0 : Math.round(((value - low) / span) * (levels.length - 1))]!)
    .join("");
}

/** At most `count` values, each the mean of a run of neighbours. */
export function thinned(values: readonly number[], count: number): number[] {
  const kept = Math.min(count, values.length);
  return Array.from({ length: kept }, (_, i) => {
    const run = values.slice(Math.floor((i * values.length) / kept), Math.floor(((i + 1) * values.length) / kept));
    return run.reduce((sum, value) => sum + value, 0) / run.length;
  });
}

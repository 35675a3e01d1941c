/**
 * Running mean over `width` neighbours, as many before as after, so that a rise is not drawn late. Near the ends the
 * window is cut off. Nulls stay null and are left out of the means.
 */
export function smoothed(values: readonly (number | null)[], width: number): (number | null)[] {
  const reach = Math.floor(width / 2);
  const sums = [0]; // sums[i] and counts[i] are over values[0 … i − 1]: one pass, however wide the window
  const counts = [0];
  for (const [i, value] of values.entries()) {
    sums.push(sums[i]! + (value ?? 0));
    counts.push(counts[i]! + (value === null ? 0 : 1));
  }
  return values.map((value, i) => {
    if (value === null || reach === 0) return value;
    const from = Math.max(0, i - reach);
    const to = Math.min(values.length, i + reach + 1);
    return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
  });
}

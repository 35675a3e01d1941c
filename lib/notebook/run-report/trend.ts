/** The change of a metric over a run. */
interface Trend {
  readonly first: number; // mean of its first tenth, ten values at least or half of them
  readonly last: number; // mean of its last
  readonly z: number; // the difference in standard errors, above 0 where it has risen
}

/** The move of `values` from their beginning to their end; undefined for fewer than 10. Nulls are left out. */
export function trend(values: readonly (number | null)[]): Trend | undefined {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 10) return undefined;
  const size = Math.min(Math.floor(known.length / 2), Math.max(10, Math.ceil(known.length / 10)));
  const [first, last] = [moments(known.slice(0, size)), moments(known.slice(-size))];
  const error = Math.sqrt((first.variance + last.variance) / size);
  const difference = last.mean - first.mean;
  // The result is ±∞ between two constants.
  return { first: first.mean, last: last.mean, z: difference === 0 ? 0 : difference / error };
}

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) };
}

/**
 * Running mean over `width` neighbours, as many before as after, so that a rise is not drawn late. Near the ends the
 * window shrinks on both sides. Nulls stay null and are left out of the means.
 */
export function smoothed(values: readonly (number | null)[], width: number): (number | null)[] {
  const reach = Math.floor(width / 2);
  return values.map((value, i) => {
    if (value === null) return null;
    const side = Math.min(reach, i, values.length - 1 - i);
    const window = values.slice(i - side, i + side + 1).filter((other): other is number => other !== null);
    return window.reduce((sum, other) => sum + other, 0) / window.length;
  });
}

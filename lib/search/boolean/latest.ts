/**
 * Keeps what was made lately, by key, up to `most` in weight. Two generations: what is asked for moves to the young one, and when that
 * is half the weight, the old one, of things not asked for since, is let go of. Nothing is moved or counted out one by one.
 */
export function latest<V>(
  most: number,
  weightOf: (value: V, key: string) => number,
): (key: string, make: () => V) => V {
  let [young, old] = [new Map<string, V>(), new Map<string, V>()];
  let weight = 0; // of the young generation
  return (key, make) => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const value = old.get(key) ?? make();
    weight += weightOf(value, key);
    if (weight > most / 2) {
      [young, old] = [new Map(), young];
      weight = weightOf(value, key);
    }
    young.set(key, value);
    return value;
  };
}

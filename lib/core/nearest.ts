/** Those of `known` that somebody who wrote `word` probably meant, the likeliest first: at most `most`. */
export function nearest(word: string, known: readonly string[], most = 3): readonly string[] {
  const letters = bare(word).length; // a word of which nothing is right is near nothing
  const near = known.flatMap((name) => {
    const distance =
      word.length >= 3 && name.startsWith(word)
        ? 0.5
        : abbreviates(word, name)
          ? 0.75
          : edits(word.toLowerCase(), name.toLowerCase());
    return distance < letters && distance <= Math.max(1, Math.floor(Math.min(word.length, name.length) / 3))
      ? [{ name, distance }]
      : [];
  });
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
}

const bare = (word: string): string => word.replace(/^-+/, "").toLowerCase();

/**
 * Whether `word` is `name` with letters left out, as `idx` is `index`: the same first letter, and at least half of
 * them. Several words are not abbreviated to one.
 */
function abbreviates(word: string, name: string): boolean {
  const [short, long] = [bare(word), bare(name)];
  if (long.includes(" ") || short.length < 3 || short.length * 2 < long.length || short[0] !== long[0]) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

/**
 * Letters to insert, remove, replace or swap with their neighbour to make one word the other (optimal string
 * alignment).
 */
export function edits(a: string, b: string): number {
  let [last, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j]!, last[j - 2]! + 1);
    }
    [last, row] = [row, next];
  }
  return row[b.length]!;
}

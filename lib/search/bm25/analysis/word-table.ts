const stride = 4; // numbers of a table entry: hash, start, end + 1 (0 for a free entry), value

/**
 * Remembers the value of each word: `valueOf(text, start, end)` calls `learn` for a word that it does not know. For a
 * known word it makes no string. A Map would need one, and most of the time of indexing would go there. A full table
 * forgets all its words; frequent words return at once.
 *
 * @param most the number of words that it remembers, a power of two
 */
export function wordTable(
  learn: (word: string) => number,
  most = 2 ** 20,
): (text: string, start: number, end: number) => number {
  const slots = most * 2;
  const table = new Int32Array(slots * stride);
  let units = new Uint16Array(2 ** 16); // the units of all words, one word after the other
  let used = 0;
  let words = 0;

  return (text, start, end) => {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    let entry = (hash & (slots - 1)) * stride;
    for (; table[entry + 2] !== 0; entry = (entry + stride) & (slots * stride - 1)) {
      if (table[entry] !== hash) continue;
      const from = table[entry + 1]!;
      if (table[entry + 2]! - 1 - from !== end - start) continue;
      let same = 0;
      while (same < end - start && units[from + same] === text.charCodeAt(start + same)) same++;
      if (same === end - start) return table[entry + 3]!;
    }
    const value = learn(text.slice(start, end));
    if (words === most) {
      table.fill(0);
      words = used = 0;
      entry = (hash & (slots - 1)) * stride;
    }
    if (used + end - start > units.length) {
      const larger = new Uint16Array(units.length * 2);
      larger.set(units);
      units = larger;
    }
    for (let i = start; i < end; i++) units[used + i - start] = text.charCodeAt(i);
    table.set([hash, used, used + end - start + 1, value], entry);
    used += end - start;
    words++;
    return value;
  };
}

import { random } from "../../lib/core/random";

const vocabulary = 400_000;
const flattened = 30; // Zipf–Mandelbrot: as if the 30 most frequent words were stop words, and gone

/**
 * Passages and queries of made-up words whose statistics are those of English passages without stop words: word
 * frequencies by Zipf–Mandelbrot (exponent 1), 15 to 100 words a passage, a fifth of them repetitions. A query is 2 to
 * 12 words of one passage.
 */
export function syntheticPassages(documents: number, seed: string | number) {
  const rng = random(seed).fork("passages");
  const cumulative = new Float64Array(vocabulary);
  for (let rank = 0, sum = 0; rank < vocabulary; rank++) cumulative[rank] = sum += 1 / (rank + flattened);
  const words = Array.from({ length: vocabulary }, (_, rank) => wordAt(rank));
  const draw = (): string => {
    const at = rng.next() * cumulative[vocabulary - 1]!;
    let [low, high] = [0, vocabulary - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return words[low]!;
  };
  const passage = (): string => {
    const text: string[] = [];
    for (let left = 15 + rng.below(86); left > 0; left--)
      text.push(text.length > 0 && rng.next() < 0.2 ? rng.pick(text) : draw());
    return text.join(" ");
  };
  return {
    *corpus(): Generator<{ readonly id: string; readonly contents: string }, void> {
      for (let i = 0; i < documents; i++) yield { id: String(i), contents: passage() };
    },
    queries(count: number): string[] {
      return Array.from({ length: count }, () => {
        const from = passage().split(" ");
        return Array.from({ length: 2 + rng.below(11) }, () => rng.pick(from)).join(" ");
      });
    },
  };
}

/** Distinct, pronounceable, and no stop words: syllables of a base-100 number. */
function wordAt(rank: number): string {
  const syllable = (n: number): string => "bcdfghjklmnprstvwxyz"[n % 20]! + "aeiou"[Math.floor(n / 20) % 5]!;
  let word = syllable(rank % 100);
  for (let rest = Math.floor(rank / 100), i = 0; rest > 0 || i < 1; rest = Math.floor(rest / 100), i++)
    word += syllable(rest % 100);
  return `${word}x`; // no ending that the stemmer would take
}

/** A stream of random numbers named by a seed and a path, and by nothing else. */
export interface Random {
  /** Seed and path: random(name) is this stream from its beginning. Absent from streams that are made by hand. */
  readonly name?: string;
  /** Next float in [0, 1). */
  next(): number;
  /** Next integer in [0, n). */
  below(n: number): number;
  /** One of `items`, evenly. */
  pick<T>(items: readonly T[]): T;
  /** The index of one of `weights`, in proportion. */
  weighted(weights: readonly number[]): number;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** The stream called `path` under this one. Independent of how much of this one was read. */
  fork(...path: readonly (string | number)[]): Random;
}

/** Seeds a stream: splitmix32 over the FNV-1a hash of its full name. */
export function random(seed: string | number): Random {
  const name = String(seed);
  let state = fnv1a(name);
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    name,
    next,
    below,
    pick: (items) => items[below(items.length)]!,
    weighted(weights) {
      let rest = next() * weights.reduce((sum, weight) => sum + weight, 0);
      for (const [i, weight] of weights.entries()) if ((rest -= weight) < 0) return i;
      return weights.length - 1;
    },
    shuffle(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    fork: (...path) => random([name, ...path].join("/")),
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

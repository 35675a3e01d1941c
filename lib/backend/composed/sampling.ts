import type { Truncation } from "../choose-tokens";

/**
 * Chooses a token from one row of probabilities, on the host: one uniform number a token, so that a row's
 * text depends on its own stream only, never on the batch around it.
 *
 * Truncation follows the order of transformers: top-k, then top-p of what is left, then min-p. vLLM applies min-p
 * first. The two differ only where both top-p and min-p remove tokens.
 */

/** Sets to 0 what may not be drawn, in place. The likeliest token always stays. */
export function truncate(probabilities: Float32Array, { topK, topP, minP }: Truncation): void {
  if (topK > 0 && topK < probabilities.length) {
    const { above, ids } = boundary(probabilities, ({ count }) => count >= topK);
    keepFrom(probabilities, probabilities[ids[topK - above.count - 1]!]!);
  }
  if (topP < 1) {
    const target = topP * sum(probabilities);
    const { above, ids } = boundary(probabilities, ({ mass }) => mass >= target);
    let { mass } = above;
    let kept = 0;
    while (kept < ids.length && mass < target) mass += probabilities[ids[kept++]!]!;
    const least = kept ? probabilities[ids[kept - 1]!]! : 0;
    const tied = ids.slice(kept).filter((id) => probabilities[id] === least);
    keepFrom(probabilities, least);
    for (const id of tied) probabilities[id] = 0; // at a tie the lower ids stay
  }
  if (minP > 0) keepFrom(probabilities, minP * probabilities[argMax(probabilities)]!);
}

/** The token in whose share of [0, 1) `uniform` falls. The row need not sum to 1. */
export const drawToken = (probabilities: Float32Array, uniform: number): number =>
  invert(probabilities, uniform * sum(probabilities));

/** The likeliest token; the lowest id at a tie. */
export function argMax(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

interface Portion {
  readonly count: number;
  readonly mass: number;
}

/**
 * The place, going down from the likeliest token, where `enough` holds: the portion above it, and the ids around it,
 * likeliest first. Tokens are counted in buckets by the leading bits of their floats, which order positive floats, and
 * only one bucket is sorted: to sort all of 151,936 tokens takes longer than a step of the model.
 */
function boundary(
  probabilities: Float32Array,
  enough: (portion: Portion) => boolean,
): { above: Portion; ids: number[] } {
  const bits = new Uint32Array(probabilities.buffer, probabilities.byteOffset, probabilities.length);
  const counts = new Uint32Array(2048);
  const masses = new Float64Array(2048);
  for (let i = 0; i < bits.length; i++) {
    const bucket = bits[i]! >>> 20;
    counts[bucket]!++;
    masses[bucket]! += probabilities[i]!;
  }
  let bucket = 2047;
  let above: Portion = { count: 0, mass: 0 };
  for (; bucket > 0; bucket--) {
    if (counts[bucket] === 0) continue;
    const next = { count: above.count + counts[bucket]!, mass: above.mass + masses[bucket]! };
    if (enough(next)) break;
    above = next;
  }
  const ids: number[] = [];
  for (let i = 0; i < bits.length; i++) if (bits[i]! >>> 20 === bucket) ids.push(i);
  return { above, ids: ids.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b) };
}

function keepFrom(probabilities: Float32Array, least: number): void {
  for (let i = 0; i < probabilities.length; i++) if (probabilities[i]! < least) probabilities[i] = 0;
}

/** First index at which the running sum passes `target`; the last token with any mass if rounding runs past it. */
function invert(probabilities: Float32Array, target: number): number {
  let rest = target;
  let last = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i]! > 0) last = i;
    if ((rest -= probabilities[i]!) < 0) return i;
  }
  return last;
}

function sum(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

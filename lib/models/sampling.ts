/**
 * Chooses a token from one row of probabilities, on the host: one uniform number a token, so that a row's
 * text depends on its own stream only, never on the batch around it.
 */

/** The chosen token's id. `topP` in (0, 1] keeps the smallest set of likeliest tokens with that mass (Holtzman et al. 2020). */
export function sampleToken(probabilities: Float32Array, uniform: number, topP = 1): number {
  return topP < 1 ? sampleNucleus(probabilities, uniform, topP) : invert(probabilities, uniform * sum(probabilities));
}

/** The likeliest token; the lowest id at a tie. */
export function argMax(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

function sampleNucleus(probabilities: Float32Array, uniform: number, topP: number): number {
  const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  const total = sum(probabilities);
  let mass = 0;
  let size = 0;
  while (size < order.length && mass < topP * total) mass += probabilities[order[size++]!]!;
  const nucleus = order.slice(0, Math.max(size, 1));
  return nucleus[invert(Float32Array.from(nucleus, (id) => probabilities[id]!), uniform * mass)]!;
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

const sum = (values: Float32Array): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
};

import type { Random } from "../../core/random";
import type { Difficulty } from "./difficulty";
import { conceptsOf } from "./vocabulary";
import type { Concept, Vocabulary } from "./vocabulary";

/** The name of a part of the problems. */
export type Split = "train" | "validation" | "test";

/** A condition and its treatment: what one review is about. */
export interface Pair {
  readonly population: Concept;
  readonly intervention: Concept;
  readonly split: Split;
}

/** Of 60 reviews, 42 train, 8 choose and 10 test. */
const shares = { train: 42 / 60, validation: 8 / 60 } as const;

/**
 * `count` distinct pairs, split so that no pair of validation or test is in train
 * while every single concept is in train: only the combination is held out.
 * A smaller count uses fewer concepts, so that each keeps as many neighbours.
 */
export function pairs(vocabulary: Vocabulary, count: number, { pairsPerPopulation }: Difficulty, rng: Random): Pair[] {
  const all = { P: conceptsOf(vocabulary, "P"), I: conceptsOf(vocabulary, "I") };
  const possible = all.P.length * all.I.length;
  if (!Number.isInteger(count) || count < pairsPerPopulation || count > possible) {
    throw new RangeError(
      `syntheticLiterature: reviews is ${count}; ${all.P.length} conditions and ${all.I.length} interventions ` +
        `make ${possible} pairs. ` +
        `Ask for a whole number from ${pairsPerPopulation} to ${possible}.`,
    );
  }
  // at most half of the combinations
  const width = Math.max(Math.ceil(count / pairsPerPopulation), Math.ceil(Math.sqrt(2 * count)));
  const populations = rng.fork("P").shuffle(all.P).slice(0, width);
  const interventions = rng.fork("I").shuffle(all.I).slice(0, width);
  // One cyclic shift of the interventions for each round: every concept is paired equally often, no pair twice.
  const shifts = rng.fork("shifts").shuffle(interventions.map((_, shift) => shift));
  const drawn = Array.from({ length: count }, (_, n) => {
    const row = n % populations.length;
    const shift = shifts[Math.floor(n / populations.length)]!;
    return { population: populations[row]!, intervention: interventions[(row + shift) % interventions.length]! };
  });
  const ordered = coverFirst(rng.fork("order").shuffle(drawn));
  const trains = Math.round(count * shares.train);
  const validates = trains + Math.round(count * shares.validation);
  const assigned = ordered.map(
    (pair, n): Pair => ({ ...pair, split: n < trains ? "train" : n < validates ? "validation" : "test" }),
  );
  return rng.fork("listing").shuffle(assigned);
}

/** Moves to the front the pairs that bring in a concept for the first time. */
function coverFirst<T extends Pick<Pair, "population" | "intervention">>(drawn: readonly T[]): T[] {
  const seen = new Set<string>();
  const first: T[] = [];
  const rest: T[] = [];
  for (const pair of drawn) {
    const ids = [pair.population.id, pair.intervention.id];
    (ids.some((id) => !seen.has(id)) ? first : rest).push(pair);
    ids.forEach((id) => seen.add(id));
  }
  return [...first, ...rest];
}

/** For each P and I concept, the term that no training question uses: concept id to term. */
export function reservedTerms(vocabulary: Vocabulary, rng: Random): Readonly<Record<string, string>> {
  const concepts = [...conceptsOf(vocabulary, "P"), ...conceptsOf(vocabulary, "I")];
  return Object.fromEntries(concepts.map(({ id, terms }) => [id, rng.fork(id).pick(terms)]));
}

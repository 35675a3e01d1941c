import type { Random } from "../../core/random";
import type { Vocabulary } from "./vocabulary";

/**
 * Names that mean nothing, in contexts that training questions do not have. Questions of other people contain unknown
 * names. A policy that was trained only on known names cannot copy an unknown one.
 */

/** Words of the names that training questions may use. */
export function wordsOf({
  vocabulary,
  reserved,
}: {
  readonly vocabulary: Vocabulary;
  readonly reserved: Readonly<Record<string, string>>;
}): string[] {
  const kept = new Set(Object.values(reserved));
  return [
    ...new Set(
      vocabulary.concepts.flatMap(({ terms }) =>
        terms.filter((term) => !kept.has(term)).flatMap((term) => term.split(" ")),
      ),
    ),
  ];
}

const syllables = [
  "ba",
  "cor",
  "dex",
  "el",
  "fi",
  "gam",
  "hy",
  "in",
  "ja",
  "lo",
  "mab",
  "ne",
  "ol",
  "pra",
  "qui",
  "ro",
  "st",
  "tri",
  "um",
  "vi",
  "xan",
  "zo",
];
const letters = [..."abcdefghijklmnopqrstuvwxyz"];

/**
 * How a word that means nothing is made, and how often. Between them they touch every part of the alphabet and the
 * vocabulary.
 */
const makers: readonly (readonly [weight: number, make: (words: readonly string[], rng: Random) => string])[] = [
  [0.35, (words, rng) => rng.pick(words)], // a known word out of place
  [0.25, (words, rng) => crossed(rng.pick(words), rng.pick(words))],
  [0.15, (_, rng) => repeated(2 + rng.below(3), () => rng.pick(syllables))],
  [0.1, (_, rng) => repeated(3 + rng.below(5), () => rng.pick(letters))],
  [0.15, (_, rng) => repeated(2 + rng.below(4), () => rng.pick(letters).toUpperCase())], // an abbreviation
];

/** One to three words that name nothing. */
export const strangeName = (words: readonly string[], rng: Random): string =>
  strangeWords(1 + rng.weighted([0.45, 0.4, 0.15]), words, rng);

/** Who has {}, in words that say nothing; and how {} is given. */
export const strangeWrappings: Readonly<Record<"P" | "I", (words: readonly string[], rng: Random) => string>> = {
  P: (words, rng) => `${strangeWords(1 + rng.below(2), words, rng)} with {}`,
  I: (words, rng) => `${strangeWords(1 + rng.below(2), words, rng)}${rng.next() < 0.2 ? " of" : ""} {}`,
};

function strangeWords(count: number, words: readonly string[], rng: Random): string {
  const word = (): string => makers[rng.weighted(makers.map(([weight]) => weight))]![1](words, rng);
  return Array.from({ length: count }, word).join(" ");
}

/** The front of one word and the back of another. */
function crossed(front: string, back: string): string {
  return front.slice(0, Math.ceil(front.length / 2)) + back.slice(Math.floor(back.length / 2));
}

const repeated = (count: number, part: () => string): string => Array.from({ length: count }, part).join("");

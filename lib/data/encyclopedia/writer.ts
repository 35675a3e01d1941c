import type { Random } from "../../core/random";
import type { FactQuestion } from "./encyclopedia";

/** What of a question a search may use. */
type Parts = Pick<FactQuestion, "text" | "typed" | "word"> & { readonly names: readonly string[] };

/** Strategies of a mediocre searcher, how often each is used, and its query. */
const strategies: readonly (readonly [weight: number, query: (parts: Parts) => string])[] = [
  [0.3, ({ text }) => text],
  [0.3, ({ typed }) => typed],
  [0.1, ({ typed, word }) => `${typed} ${word}`],
  [0.12, ({ names }) => names.slice(0, 2).join(" ")],
  [0.08, ({ names }) => names.join(" ")],
  [0.06, ({ names, word }) => `${names.slice(0, 2).join(" ")} ${word}`],
  [0.04, ({ word }) => word],
];

/**
 * A search as a mediocre searcher makes it: the thought has all names, and the query mostly does not use them. The
 * thought has the form that the shipped policy was taught (see writeTrace), and the query begins with a blank, as the
 * names in a question do: a word is then the same token wherever it stands and can be copied.
 */
export function writeSearch(question: FactQuestion, rng: Random): { readonly think: string; readonly query: string } {
  const names = [question.typed, ...question.others];
  const [, query] = strategies[rng.weighted(strategies.map(([weight]) => weight))]!;
  return {
    think: `${question.role}: ${names.join(", ")}\nW: ${question.word}`,
    query: ` ${query({ ...question, names })}`,
  };
}

/** A search by somebody who knows every name and the encyclopedia's words. */
export const expertSearch = ({ typed, others, word }: FactQuestion): string => [typed, ...others, word].join(" ");

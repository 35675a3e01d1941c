import type { Random } from "../../core/random";
import { conceptsOfReview } from "./questions";
import type { Review } from "./review";
import type { Concept, Vocabulary } from "./vocabulary";

/** One example of rewriting for the cold start: the reasoning, and the query that follows. */
export interface Trace {
  readonly strategy: string;
  readonly think: string; // names of P and I, whether or not the query uses them
  readonly query: string;
}

/** The parts of a question as the writer may use them, each in parentheses. */
interface Parts {
  readonly p: string; // the condition as typed: ( a )
  readonly i: string;
  readonly c: string;
  readonly o: string;
  readonly ps: string; // the condition by some of its names: ( a OR b )
  readonly is: string;
  readonly swapped: readonly [string, string]; // P and I, one of them by another name
  readonly headings: readonly [string, string];
}

/** Strategy, how often it is used, and its query: many ways of searching, few of them good. */
const strategies: readonly (readonly [name: string, weight: number, query: (parts: Parts) => string])[] = [
  ["AND of everything", 0.14, ({ p, i, c, o }) => all(p, i, c, o)],
  ["without outcome", 0.12, ({ p, i, c }) => all(p, i, c)],
  ["P AND I", 0.34, ({ p, i }) => all(p, i)],
  ["P AND I, one by another name", 0.08, ({ swapped }) => all(...swapped)],
  ["names of P, I, O", 0.08, ({ ps, i, o }) => all(ps, i, o)],
  ["names of P, names of I", 0.06, ({ ps, is }) => all(ps, is)],
  ["names of P, names of I, C", 0.04, ({ ps, is, c }) => all(ps, is, c)],
  ["P alone", 0.05, ({ p }) => p],
  ["P OR I", 0.03, ({ p, i }) => `${p} OR ${i}`],
  ["MeSH headings", 0.06, ({ headings }) => all(...headings)],
];

const moreNames = [0.45, 0.3, 0.25] as const; // one, two or three further names in a query
const thinksOfNames = 0.6; // the reasoning has names that the query may not use

/**
 * Rewrites a review's question as a rule-based and mostly mediocre searcher would.
 *
 * The thinking recalls names (knowledge) and the query uses few of them (strategy), so that a policy which
 * imitates both can find by trial that its own knowledge pays. Names come in a fixed cyclic order after the
 * typed one: a list that begins anywhere has one continuation, and an end. A name that the vocabulary does
 * not know has no other names: it is used as it stands.
 *
 * A name is always written after a blank, as in the question, so that a word is the same token wherever it
 * stands and can be copied: hence "P: heart attack" and "( heart attack OR MI )".
 */
export function writeTrace(review: Review, { vocabulary }: { readonly vocabulary: Vocabulary }, rng: Random): Trace {
  const { P, I } = conceptsOfReview(review, vocabulary);
  const { P: p, I: i, C: c, O: o } = review.typedTerms;
  const [name, , query] = strategies[rng.weighted(strategies.map(([, weight]) => weight))]!;
  const others = { P: namesAfter(P, p), I: namesAfter(I, i) };
  const used = { P: others.P.slice(0, 1 + rng.weighted(moreNames)), I: others.I.slice(0, 1 + rng.weighted(moreNames)) };
  const parts: Parts = {
    p: group(p),
    i: group(i),
    c: group(c),
    o: group(o),
    ps: group(p, ...used.P),
    is: group(i, ...used.I),
    swapped:
      rng.next() < 0.5
        ? [group(rng.pick(others.P.length ? others.P : [p])), group(i)]
        : [group(p), group(rng.pick(others.I.length ? others.I : [i]))],
    headings: [headingOf(P, p), headingOf(I, i)],
  };
  const text = query(parts);
  const recalled = (names: readonly string[], typed: string): string => {
    const needed = Math.max(0, ...names.map((other, n) => (mentions(text, other) ? n + 1 : 0)));
    const shown = names.length && rng.next() < thinksOfNames ? Math.max(needed, 1 + rng.below(names.length)) : needed;
    return [typed, ...names.slice(0, shown)].join(", ");
  };
  return { strategy: name, think: `P: ${recalled(others.P, p)}\nI: ${recalled(others.I, i)}`, query: text };
}

/** The names of the strategies and how often each is used; the weights sum to 1. */
export const strategyWeights: Readonly<Record<string, number>> = Object.fromEntries(
  strategies.map(([name, weight]) => [name, weight]),
);

const all = (...parts: readonly string[]): string => parts.join(" AND ");

const group = (...names: readonly string[]): string => `( ${names.join(" OR ")} )`;

/** The concept's other names, in cyclic order after `typed`; none for a name that is not the concept's. */
function namesAfter({ terms }: Concept, typed: string): string[] {
  const at = terms.indexOf(typed);
  return at < 0 ? [] : [...terms.slice(at + 1), ...terms.slice(0, at)];
}

const headingOf = ({ heading, terms }: Concept, typed: string): string =>
  terms.includes(typed) ? `"${heading}"[mh]` : typed;

function mentions(query: string, name: string): boolean {
  return query.split(/ AND | OR |\( | \)/).includes(name);
}

import type { Random } from "../../core/random";
import { wording } from "./phrasing";
import type { Parts } from "./phrasing";
import type { Review } from "./review";
import { strangeName, strangeWrappings, wordsOf } from "./strange";
import type { Concept, Vocabulary } from "./vocabulary";

/** One name for each concept, evenly; with probability `reservedShare` the reserved one of P, and likewise of I. */
export function typedTerms(
  concepts: Parts<Concept>,
  reserved: Readonly<Record<string, string>>,
  reservedShare: number,
  rng: Random,
): Parts<string> {
  const name = ({ id, role, terms }: Concept): string => {
    const draw = rng.fork(role);
    const kept = reserved[id];
    if (kept !== undefined && draw.next() < reservedShare) return kept;
    return draw.pick(terms.filter((term) => term !== kept));
  };
  return { P: name(concepts.P), I: name(concepts.I), C: name(concepts.C), O: name(concepts.O) };
}

/** The concepts of a review. Throws RangeError if it comes from another vocabulary. */
export function conceptsOfReview(
  { concepts }: Pick<Review, "concepts">,
  { concepts: known }: Vocabulary,
): Parts<Concept> {
  const find = (id: string): Concept => {
    const concept = known.find((one) => one.id === id);
    if (concept === undefined)
      throw new RangeError(`The vocabulary has no concept "${id}". Pass the literature that the review comes from.`);
    return concept;
  };
  return { P: find(concepts.P), I: find(concepts.I), C: find(concepts.C), O: find(concepts.O) };
}

/** How far an example strays from what training questions look like; shares of the examples. */
export interface Strangeness {
  readonly unknown: number; // about half of the four names are made up
  // P and I stand among made-up words; with an unknown intervention, the name could not be recognised
  readonly wrapped: number;
}

/** The same review as another question: other terms and phrasings, none of them held out of training. */
export function askAgain(
  review: Review,
  literature: NameSource,
  rng: Random,
  { unknown, wrapped }: Strangeness = { unknown: 0, wrapped: 0 },
): Review {
  const concepts = conceptsOfReview(review, literature.vocabulary);
  const known = typedTerms(concepts, literature.reserved, 0, rng.fork("terms"));
  const strange = rng.fork("strange").next() < unknown;
  const words = unknown || wrapped ? wordsOf(literature) : [];
  const name = (role: keyof Parts<string>): string => {
    const draw = rng.fork("unknown", role);
    return strange && draw.next() < 0.5 ? strangeName(words, draw) : known[role];
  };
  const names = { P: name("P"), I: name("I"), C: name("C"), O: name("O") };
  const wrapping = (role: "P" | "I"): string | undefined => {
    const draw = rng.fork("wrapped", role);
    const clear = role === "P" || names.I === known.I;
    return clear && draw.next() < wrapped ? strangeWrappings[role](words, draw) : undefined;
  };
  return { ...review, ...wording(concepts, names, rng.fork("wording"), { from: "practice", wrapping }), unseen: false };
}

interface NameSource {
  readonly vocabulary: Vocabulary;
  readonly reserved: Readonly<Record<string, string>>;
}

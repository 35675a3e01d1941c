import type { Random } from "../../core/random";
import { wording } from "./phrasing";
import type { Parts } from "./phrasing";
import type { Review } from "./reviews";
import type { Concept, Vocabulary } from "./vocabulary";

/** One name for each concept, evenly; with probability `reservedShare` the reserved one of P, and likewise of I. */
export function typedTerms(concepts: Parts<Concept>, reserved: Readonly<Record<string, string>>, reservedShare: number, rng: Random): Parts<string> {
  const name = ({ id, role, terms }: Concept): string => {
    const draw = rng.fork(role);
    const kept = reserved[id];
    if (kept !== undefined && draw.next() < reservedShare) return kept;
    return draw.pick(terms.filter((term) => term !== kept));
  };
  return { P: name(concepts.P), I: name(concepts.I), C: name(concepts.C), O: name(concepts.O) };
}

/** The concepts of a review. Throws RangeError if it comes from another vocabulary. */
export function conceptsOfReview({ concepts }: Pick<Review, "concepts">, { concepts: known }: Vocabulary): Parts<Concept> {
  const find = (id: string): Concept => {
    const concept = known.find((one) => one.id === id);
    if (concept === undefined) throw new RangeError(`The vocabulary has no concept "${id}". Pass the literature that the review comes from.`);
    return concept;
  };
  return { P: find(concepts.P), I: find(concepts.I), C: find(concepts.C), O: find(concepts.O) };
}

/** The same review, asked as somebody else would: other terms and phrasings, none of them held out of training. */
export function askAgain(review: Review, literature: { readonly vocabulary: Vocabulary; readonly reserved: Readonly<Record<string, string>> }, rng: Random): Review {
  const concepts = conceptsOfReview(review, literature.vocabulary);
  const names = typedTerms(concepts, literature.reserved, 0, rng.fork("terms"));
  return { ...review, ...wording(concepts, names, rng.fork("wording")), unseen: false };
}

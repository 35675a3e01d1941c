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

/**
 * The same review, asked as somebody else would: other terms and phrasings, none of them held out of training.
 *
 * @param unknown share of the questions of whose four names about half are made up: a searcher meets names that
 *   no thesaurus has, and a policy that has only ever copied names it knows cannot copy another
 */
export function askAgain(review: Review, literature: NameSource, rng: Random, { unknown = 0 } = {}): Review {
  const concepts = conceptsOfReview(review, literature.vocabulary);
  const known = typedTerms(concepts, literature.reserved, 0, rng.fork("terms"));
  const strange = rng.fork("strange").next() < unknown;
  const words = strange ? wordsOf(literature) : [];
  const name = (role: keyof Parts<string>): string => {
    const draw = rng.fork("unknown", role);
    return strange && draw.next() < 0.5 ? madeUp(words, draw) : known[role];
  };
  const names = { P: name("P"), I: name("I"), C: name("C"), O: name("O") };
  return { ...review, ...wording(concepts, names, rng.fork("wording")), unseen: false };
}

interface NameSource {
  readonly vocabulary: Vocabulary;
  readonly reserved: Readonly<Record<string, string>>;
}

/** Words of the names that training questions may use. */
function wordsOf({ vocabulary, reserved }: NameSource): string[] {
  const kept = new Set(Object.values(reserved));
  return [...new Set(vocabulary.concepts.flatMap(({ terms }) => terms.filter((term) => !kept.has(term)).flatMap((term) => term.split(" "))))];
}

const syllables = ["ba", "cor", "dex", "el", "fi", "gam", "hy", "in", "ja", "lo", "mab", "ne", "ol", "pra", "qui", "ro", "st", "tri", "um", "vi", "xan", "zo"];

/** One to three words that name nothing: known words out of place, or syllables. */
function madeUp(words: readonly string[], rng: Random): string {
  const word = () => (rng.next() < 0.5 ? rng.pick(words) : Array.from({ length: 2 + rng.below(3) }, () => rng.pick(syllables)).join(""));
  return Array.from({ length: 1 + rng.below(3) }, word).join(" ");
}

import { random } from "../../core/random";
import type { Publication } from "../../core/records";
import { settings } from "../../core/settings";
import { difficulty } from "./difficulty";
import { writePublications } from "./publications";
import type { Subject } from "./publications";
import { writeReviews } from "./reviews";
import type { Review } from "./review";
import { pairs, reservedTerms } from "./splits";
import { conceptsOf, headingList, readVocabulary } from "./vocabulary";
import type { HeadingList, Vocabulary } from "./vocabulary";

export type { Review } from "./review";

/** Records and reviews that never existed, about conditions and treatments that do. */
export interface SyntheticLiterature {
  readonly publications: readonly Publication[]; // oldest first
  readonly reviews: readonly Review[];
  readonly thesaurus: HeadingList;
  readonly vocabulary: Vocabulary;
  readonly reserved: Readonly<Record<string, string>>; // concept id to the term that no training question uses
}

const literatureDefaults = {
  /** names every random stream */
  seed: 7,
  records: 20_000,
  /** 70 % train, 13 % validation, 17 % test */
  reviews: 600,
};
/** Options of the synthetic literature: its seed, its number of records and its number of reviews. */
export type LiteratureOptions = typeof literatureDefaults;

/** Generates the synthetic literature. The same options give the same literature, to the letter. */
export function syntheticLiterature(options: Partial<LiteratureOptions> = {}): SyntheticLiterature {
  const { seed, records, reviews } = settings("syntheticLiterature", literatureDefaults, options);
  if (!Number.isInteger(records) || records < 10 * reviews) {
    throw new RangeError(
      `syntheticLiterature: records is ${records} for ${reviews} reviews. Ask for a whole number, at least ten ` +
        "for each review.",
    );
  }
  const rng = random(seed).fork("literature");
  const vocabulary = readVocabulary();
  const [comparators, outcomes] = [conceptsOf(vocabulary, "C"), conceptsOf(vocabulary, "O")];
  const subjects = pairs(vocabulary, reviews, difficulty, rng.fork("pairs")).map((pair, n): Subject => {
    const draw = rng.fork("subject", n);
    return { ...pair, comparator: draw.pick(comparators), outcome: draw.pick(outcomes) };
  });
  const reserved = reservedTerms(vocabulary, rng.fork("reserved"));
  const written = writePublications(vocabulary, subjects, records, difficulty, rng.fork("publications"));
  return {
    publications: written.publications,
    reviews: writeReviews(subjects, written, reserved, difficulty, rng.fork("reviews")),
    thesaurus: headingList(vocabulary),
    vocabulary,
    reserved,
  };
}

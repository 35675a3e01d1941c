/**
 * What makes the synthetic literature as hard to search as PubMed. Probabilities
 * unless a unit is given. They were set so that, at 50 hits, the question as typed
 * finds about a tenth of the included studies and an expert's query nearly all
 * (see calibration.ts); nothing was set by looking at a trained policy.
 */
export const difficulty = {
  studied: 0.66, // share of the records that study a reviewed pair; the rest is background
  pairsPerPopulation: 10, // reviews of one condition: the records that share P but not I
  usage: [0.45, 0.27, 0.17, 0.11, 0.07], // how often each name of a concept is used (shuffled per concept): Zipf's law
  secondName: 0.35, // a record calls the same thing by a second name, as abstracts do with abbreviations
  unnamed: 0.045, // P or I is not named in title or abstract ("this condition"): what even experts miss
  ownComparator: 0.9, // a study of a reviewed pair has the review's comparator rather than another
  ownOutcome: 0.9, // and reports the review's outcome
  otherOutcome: 0.5, // a further outcome is reported as well
  otherPopulation: 0.5, // another condition is mentioned in passing ("participants with … were excluded")
  otherIntervention: 0.5, // another treatment is mentioned in passing ("concomitant … was allowed")
  populationOnly: 0.35, // of the background: about a reviewed condition, but no treatment of the vocabulary
  interventionOnly: 0.35, // of the background: about a treatment, but no condition of the vocabulary
  indexedFirst: 0.5, // share of records with MeSH headings in the first year
  indexedLast: 0.32, // and in the last: the newest records wait for indexing
  headingGiven: 0.95, // an indexed record has the heading of P, and likewise of I, C and O
  // each kind of sentence that holds the everyday words of questions ("adults", "oral", "reduce") occurs
  generalWords: 0.96,
  firstYear: 1990,
  lastYear: 2025,
  growth: 3, // records per year at the end over those at the beginning
  earliestReview: 0.75, // a review is dated after at least this share of the literature…
  latestReview: 1, // …and at most this
  includedShare: 0.85, // eligible records that a review includes: the others fail criteria no query can see
  reservedTyped: 0.34, // validation and test questions name P (and I) by a term that training questions never use
} as const;

export type Difficulty = {
  readonly [K in keyof typeof difficulty]: (typeof difficulty)[K] extends number ? number : readonly number[];
};

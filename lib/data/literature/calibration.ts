import type { SearchEngine } from "../../core/roles";
import { conceptsOfReview } from "./questions";
import { anyOf } from "./reviews";
import type { Review } from "./review";
import type { Split } from "./splits";
import type { Concept, Vocabulary } from "./vocabulary";

/** One way of searching, and the mean share of the included studies that it finds in each split. */
export type CalibrationRow = { readonly query: string } & Readonly<Record<Split, number>>;

type Writer = (review: Review, concepts: Readonly<Record<"P" | "I" | "C" | "O", Concept>>) => string;

/** Fixed ways of searching, from common ones to ones that only the cut-off of the list penalises. */
const writers: Readonly<Record<string, Writer>> = {
  "question as typed": ({ question }) => question,
  "typed terms, all four": ({ typedTerms: { P, I, C, O } }) => [P, I, C, O].join(" AND "),
  "typed P AND I": ({ typedTerms: { P, I } }) => `${P} AND ${I}`,
  "MeSH P AND I": (_, { P, I }) => `"${P.heading}"[mh] AND "${I.heading}"[mh]`,
  "all names of P": (_, { P }) => anyOf(P.terms),
  "everything ORed": (_, { P, I }) => [...P.terms, ...I.terms].join(" OR "),
  "two names each": ({ typedTerms }, { P, I }) =>
    `${anyOf(twoOf(P, typedTerms.P))} AND ${anyOf(twoOf(I, typedTerms.I))}`,
  expert: ({ expert }) => expert,
};

const splits: readonly Split[] = ["train", "validation", "test"];

/** How hard the literature is: recall among the newest `k` hits before each review's date, in [0, 1]. */
export async function calibration(
  engine: SearchEngine,
  { reviews, vocabulary }: { readonly reviews: readonly Review[]; readonly vocabulary: Vocabulary },
  k = 50,
): Promise<CalibrationRow[]> {
  const rows: CalibrationRow[] = [];
  for (const [query, write] of Object.entries(writers)) {
    const means = { train: 0, validation: 0, test: 0 };
    for (const split of splits) {
      const own = reviews.filter((review) => review.split === split);
      for (const review of own) {
        means[split] +=
          (await recallOf(engine, review, write(review, conceptsOfReview(review, vocabulary)), k)) / own.length;
      }
    }
    rows.push({ query, ...means });
  }
  return rows;
}

/** Share of the review's included studies among the newest `k` hits of `query`, in [0, 1]. */
export async function recallOf(
  engine: SearchEngine,
  { included, maxDate }: Review,
  query: string,
  k = 50,
): Promise<number> {
  const { hits } = await engine.search(query, k, { maxDate });
  const found = new Set(hits.map(({ docId }) => docId));
  return included.filter((pmid) => found.has(pmid)).length / included.length;
}

function twoOf({ terms }: Concept, typed: string): string[] {
  return [typed, terms[(terms.indexOf(typed) + 1) % terms.length]!];
}

import type { Random } from "../../core/random";
import type { Difficulty } from "./difficulty";
import { wording } from "./phrasing";
import type { Records, Subject } from "./publications";
import { typedTerms } from "./questions";
import type { Review } from "./review";

/** Draws one review for each subject over `records`. */
export function writeReviews(
  subjects: readonly Subject[],
  { publications, studies }: Records,
  reserved: Readonly<Record<string, string>>,
  difficulty: Difficulty,
  rng: Random,
): Review[] {
  return subjects.map((subject, n) => {
    const draw = rng.fork("review", n);
    const heldOut = subject.split !== "train";
    const concepts = { P: subject.population, I: subject.intervention, C: subject.comparator, O: subject.outcome };
    const names = typedTerms(concepts, reserved, heldOut ? difficulty.reservedTyped : 0, draw.fork("terms"));
    const { earliestReview, latestReview } = difficulty;
    const share = earliestReview + draw.next() * (latestReview - earliestReview);
    const maxDate = publications[Math.min(publications.length - 1, Math.floor(share * publications.length))]!.date;
    const eligible = studies[n]!.map((position) => publications[position]!).filter(({ date }) => date <= maxDate);
    const included = eligible.filter((_, i) => draw.fork("included", i).next() < difficulty.includedShare);
    return {
      id: `synthetic-${String(n + 1).padStart(4, "0")}`,
      split: subject.split,
      concepts: { P: concepts.P.id, I: concepts.I.id, C: concepts.C.id, O: concepts.O.id },
      ...wording(concepts, names, draw.fork("wording"), { from: heldOut ? "heldOut" : "common" }),
      unseen: [concepts.P, concepts.I].some(({ id, role }) => names[role] === reserved[id]),
      maxDate,
      included: (included.length > 0 ? included : eligible).map(({ pmid }) => pmid),
      expert: `${anyOf(concepts.P.terms)} AND ${anyOf(concepts.I.terms)}`,
    };
  });
}

/** `(heart attack OR MI)`; a single term stands alone. */
export function anyOf(terms: readonly string[]): string {
  return terms.length === 1 ? terms[0]! : `(${terms.join(" OR ")})`;
}

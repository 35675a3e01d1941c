import { oncePerObject } from "../../core/memo";
import type { Problem } from "../../core/records";
import type { SearchEngine } from "../../core/roles";
import { type Review, type SyntheticLiterature, syntheticLiterature } from "../../data/literature/literature";
import type { Split } from "../../data/literature/splits";
import { literature } from "../../search/literature";

/** A registry of trials that never existed, and the questions of the reviews that included some of them. */
export interface SyntheticTrials {
  readonly source: SyntheticLiterature;
  readonly engine: SearchEngine;
  /** The questions of a split, each with the review that it comes from. */
  readonly asked: (split: Split) => readonly { readonly problem: Problem; readonly review: Review }[];
}

let made: SyntheticLiterature | undefined; // two seconds to write, always the same

/** The trials among the records of the synthetic literature, under numbers as ClinicalTrials.gov gives them. */
export const syntheticTrials = (): SyntheticTrials => registryOf((made ??= syntheticLiterature()));

const registryOf = oncePerObject((source: SyntheticLiterature): SyntheticTrials => {
  const { publications, reviews, thesaurus } = source;
  const isTrial = new Set(
    publications.filter(({ types }) => types.some((type) => /trial/i.test(type))).map(({ pmid }) => pmid),
  );
  const registered = (pmid: string) => `NCT${pmid.slice(-8).padStart(8, "0")}`;
  const registry = publications
    .filter(({ pmid }) => isTrial.has(pmid))
    .map((publication) => ({ ...publication, pmid: registered(publication.pmid) }));
  const asked = reviews.flatMap((review) => {
    const own = review.included.filter((pmid) => isTrial.has(pmid));
    if (own.length === 0) return [];
    const problem: Problem = {
      id: review.id,
      query: review.question,
      pico: review.pico,
      expert: review.expert,
      judgments: Object.fromEntries(own.map((pmid) => [registered(pmid), 1])),
      group: review.unseen ? "a term no training question used" : "terms of training questions",
    };
    return [{ problem, review }];
  });
  return {
    source,
    engine: literature(registry, { name: "synthetic trial registry", thesaurus, synthetic: true, syntax: "pubmed" }),
    asked: (split) => asked.filter(({ review }) => review.split === split),
  };
});

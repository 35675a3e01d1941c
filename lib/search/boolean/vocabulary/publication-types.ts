import { normal } from "../text/words";

/**
 * The narrower publication types of each type of MeSH (tree V), at every depth. A search for the broader type finds the
 * narrower ones too, as in PubMed; `:noexp` turns that off. Source: https://www.nlm.nih.gov/mesh/pubtypes.html
 */
const included: Readonly<Record<string, readonly string[]>> = table({
  "Clinical Study": [
    "Clinical Trial",
    "Adaptive Clinical Trial",
    "Clinical Trial, Phase I",
    "Clinical Trial, Phase II",
    "Clinical Trial, Phase III",
    "Clinical Trial, Phase IV",
    "Clinical Trial, Veterinary",
    "Controlled Clinical Trial",
    "Equivalence Trial",
    "Pragmatic Clinical Trial",
    "Randomized Controlled Trial",
    "Randomized Controlled Trial, Veterinary",
    "Observational Study",
    "Observational Study, Veterinary",
  ],
  "Clinical Trial": [
    "Adaptive Clinical Trial",
    "Clinical Trial, Phase I",
    "Clinical Trial, Phase II",
    "Clinical Trial, Phase III",
    "Clinical Trial, Phase IV",
    "Clinical Trial, Veterinary",
    "Controlled Clinical Trial",
    "Equivalence Trial",
    "Pragmatic Clinical Trial",
    "Randomized Controlled Trial",
    "Randomized Controlled Trial, Veterinary",
  ],
  "Clinical Trial, Veterinary": ["Randomized Controlled Trial, Veterinary"],
  "Controlled Clinical Trial": ["Equivalence Trial", "Pragmatic Clinical Trial", "Randomized Controlled Trial"],
  "Randomized Controlled Trial": ["Equivalence Trial", "Pragmatic Clinical Trial"],
  "Observational Study": ["Observational Study, Veterinary"],
  Review: ["Systematic Review", "Scoping Review"],
  "Meta-Analysis": ["Network Meta-Analysis"],
  Guideline: ["Practice Guideline"],
  Congress: ["Consensus Development Conference", "Consensus Development Conference, NIH"],
  "Consensus Development Conference": ["Consensus Development Conference, NIH"],
  "Historical Article": ["Biography", "Autobiography", "Personal Narrative"],
  Biography: ["Autobiography", "Personal Narrative"],
  Autobiography: ["Personal Narrative"],
  Address: ["Lecture"],
  News: ["Newspaper Article"],
  "Video-Audio Media": ["Instructional Film and Video", "Webcast"],
  "Support of Research": [
    "Research Support, American Recovery and Reinvestment Act",
    "Research Support, N.I.H., Extramural",
    "Research Support, N.I.H., Intramural",
    "Research Support, Non-U.S. Gov't",
    "Research Support, U.S. Government",
    "Research Support, U.S. Gov't, Non-P.H.S.",
    "Research Support, U.S. Gov't, P.H.S.",
  ],
  "Research Support, U.S. Government": [
    "Research Support, American Recovery and Reinvestment Act",
    "Research Support, N.I.H., Extramural",
    "Research Support, N.I.H., Intramural",
    "Research Support, U.S. Gov't, Non-P.H.S.",
    "Research Support, U.S. Gov't, P.H.S.",
  ],
  "Research Support, U.S. Gov't, P.H.S.": [
    "Research Support, N.I.H., Extramural",
    "Research Support, N.I.H., Intramural",
  ],
});

/**
 * Types that NLM has renamed. Older records carry the old name and newer ones the new name, so each is searched with
 * the other.
 */
const renamed: Readonly<Record<string, readonly string[]>> = table({
  "Evaluation Studies": ["Evaluation Study"],
  "Evaluation Study": ["Evaluation Studies"],
  "Validation Studies": ["Validation Study"],
  "Validation Study": ["Validation Studies"],
  Congresses: ["Congress"],
  Congress: ["Congresses"],
  Lectures: ["Lecture"],
  Lecture: ["Lectures"],
  Addresses: ["Address"],
  Address: ["Addresses"],
  "Retraction Notice": ["Retraction of Publication"],
  "Retraction of Publication": ["Retraction Notice"],
  "Personal Narratives": ["Personal Narrative"],
  "Personal Narrative": ["Personal Narratives"],
  Webcasts: ["Webcast"],
  Webcast: ["Webcasts"],
});

/** The keys of a publication type: of its own names and, with `exploded`, of all narrower types. */
export function typeKeys(key: string, exploded: boolean): readonly string[] {
  const own = exploded ? [key, ...(included[key] ?? [])] : [key];
  return [...new Set(own.flatMap((each) => [each, ...(renamed[each] ?? [])]))];
}

function table(names: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(names).map(([name, others]) => [normal(name), others.map(normal)]));
}

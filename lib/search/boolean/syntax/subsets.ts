const mesh = (...headings: readonly string[]): string => headings.map((heading) => `"${heading}"[mh]`).join(" OR ");
const type = (name: string): string => `"${name}"[pt]`;

const trials = "random*[tiab] OR random allocation[mh] OR therapeutic use[sh]";

/**
 * Subsets and filters of PubMed that other fields can express. Each is a query that PubMed's User Guide gives for it
 * ("Filters", "Clinical study categories"). The keys are the names in letters and digits: `humans[filter]`,
 * `Therapy/Narrow[filter]`.
 */
const queries: Readonly<Record<string, string>> = {
  hasabstract: "hasabstract",
  hasabstracts: "hasabstract",
  fha: "hasabstract",
  abstract: "hasabstract",
  humans: mesh("Humans"),
  human: mesh("Humans"),
  animals: '"Animals"[mh:noexp]',
  animal: '"Animals"[mh:noexp]',
  otheranimals: '"Animals"[mh:noexp]',
  male: mesh("Male"),
  female: mesh("Female"),
  allinfant: mesh("Infant", "Infant, Newborn"),
  infant: '"Infant"[mh:noexp]',
  newborn: mesh("Infant, Newborn"),
  allchild: mesh("Infant", "Infant, Newborn", "Child", "Child, Preschool", "Adolescent"),
  preschoolchild: mesh("Child, Preschool"),
  child: '"Child"[mh:noexp]',
  adolescent: mesh("Adolescent"),
  alladult: mesh("Adult", "Young Adult", "Middle Aged", "Aged", "Aged, 80 and over"),
  youngadult: mesh("Young Adult"),
  adult: '"Adult"[mh:noexp]',
  middleaged: mesh("Middle Aged"),
  middleagedaged: mesh("Middle Aged", "Aged", "Aged, 80 and over"),
  aged: mesh("Aged", "Aged, 80 and over"),
  "80andover": mesh("Aged, 80 and over"),
  casereports: type("Case Reports"),
  clinicalstudy: type("Clinical Study"),
  clinicaltrial: type("Clinical Trial"),
  clinicaltrialphasei: type("Clinical Trial, Phase I"),
  clinicaltrialphaseii: type("Clinical Trial, Phase II"),
  clinicaltrialphaseiii: type("Clinical Trial, Phase III"),
  clinicaltrialphaseiv: type("Clinical Trial, Phase IV"),
  controlledclinicaltrial: type("Controlled Clinical Trial"),
  comparativestudy: type("Comparative Study"),
  comment: type("Comment"),
  editorial: type("Editorial"),
  evaluationstudy: type("Evaluation Study"),
  guideline: type("Guideline"),
  journalarticle: type("Journal Article"),
  letter: type("Letter"),
  metaanalysis: type("Meta-Analysis"),
  multicenterstudy: type("Multicenter Study"),
  news: type("News"),
  observationalstudy: type("Observational Study"),
  practiceguideline: type("Practice Guideline"),
  pragmaticclinicaltrial: type("Pragmatic Clinical Trial"),
  preprint: type("Preprint"),
  randomizedcontrolledtrial: type("Randomized Controlled Trial"),
  rct: type("Randomized Controlled Trial"),
  review: type("Review"),
  twinstudy: type("Twin Study"),
  validationstudy: type("Validation Study"),
  therapybroad: `((clinical[tiab] AND trial[tiab]) OR clinical trials as topic[mh] OR clinical trial[pt] OR ${trials})`,
  therapynarrow: "(randomized controlled trial[pt] OR (randomized[tiab] AND controlled[tiab] AND trial[tiab]))",
  diagnosisbroad:
    "(sensitiv*[tiab] OR sensitivity and specificity[mh] OR diagnose[tiab] OR diagnosed[tiab] OR diagnoses[tiab] OR " +
    "diagnosing[tiab] OR diagnosis[tiab] OR diagnostic[tiab] OR diagnosis[mh:noexp] OR diagnostic " +
    "equipment[mh:noexp] OR diagnostic errors[mh:noexp] OR diagnostic imaging[mh:noexp] OR diagnostic " +
    "services[mh:noexp] OR " +
    "diagnosis, differential[mh:noexp] OR diagnosis[sh:noexp])",
  diagnosisnarrow: "specificity[tiab]",
  etiologybroad:
    "(risk*[tiab] OR risk*[mh:noexp] OR risk *[mh:noexp] OR cohort studies[mh] OR group[tw] OR groups[tw] OR " +
    "grouped[tw])",
  etiologynarrow:
    "((relative[tiab] AND risk*[tiab]) OR relative risk[tw] OR risks[tw] OR cohort studies[mh:noexp] OR " +
    "(cohort[tiab] AND study[tiab]) OR (cohort[tiab] AND studies[tiab]))",
  prognosisbroad:
    "(incidence[mh:noexp] OR mortality[mh] OR follow up studies[mh:noexp] OR prognos*[tw] OR predict*[tw] OR " +
    "course*[tw])",
  prognosisnarrow: "(prognos*[tiab] OR (first[tiab] AND episode[tiab]) OR cohort[tiab])",
  clinicalpredictionguidesbroad:
    "(predict*[tiab] OR predictive value of tests[mh] OR score[tiab] OR scores[tiab] OR scoring system[tiab] OR " +
    "scoring systems[tiab] OR observ*[tiab] OR observer variation[mh])",
  clinicalpredictionguidesnarrow: "(validation[tiab] OR validate[tiab])",
};

/** The systematic reviews subset, without its part about the date of indexing. */
const systematic =
  `((${[
    "",
    "literature",
    "scoping",
    "narrative",
    "qualitative",
    "evidence",
    "quantitative",
    "meta",
    "critical",
    "mixed studies",
    "mapping",
    "cochrane",
    "search and",
    "integrative",
  ]
    .map((kind) => `"systematic ${kind ? `${kind} ` : ""}review"[ti]`)
    .join(" OR ")}) NOT comment[pt] NOT (protocol[ti] OR protocols[ti])) OR ` +
  '("cochrane database syst rev"[ta] AND review[pt:noexp]) OR "systematic review"[pt]';

/** Filters that hold for all of PubMed. */
const everything = new Set(["all", "allcitations", "pubmed"]);

/**
 * The meaning of a subset or filter: a query in PubMed's language, or "everything". Undefined where the records cannot
 * decide it.
 */
export function subset(name: string): string | undefined {
  const key = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  return everything.has(key) ? "everything" : /^systematic(?:reviews?)?$/.test(key) ? systematic : queries[key];
}

import { words } from "../text/words";

/**
 * The subheadings (qualifiers) of MeSH by NLM's two-letter code. They are the 83 of the time until 2016, and
 * "diagnostic imaging", which then replaced radiography, radionuclide imaging and ultrasonography. Source:
 * https://www.nlm.nih.gov/mesh/subhierarchy.html
 */
export const qualifierNames: Readonly<Record<string, string>> = {
  aa: "analogs & derivatives",
  ab: "abnormalities",
  ad: "administration & dosage",
  ae: "adverse effects",
  ag: "agonists",
  ah: "anatomy & histology",
  ai: "antagonists & inhibitors",
  an: "analysis",
  bi: "biosynthesis",
  bl: "blood",
  bs: "blood supply",
  cf: "cerebrospinal fluid",
  ch: "chemistry",
  ci: "chemically induced",
  cl: "classification",
  cn: "congenital",
  co: "complications",
  cs: "chemical synthesis",
  ct: "contraindications",
  cy: "cytology",
  de: "drug effects",
  df: "deficiency",
  dg: "diagnostic imaging",
  dh: "diet therapy",
  di: "diagnosis",
  dt: "drug therapy",
  du: "diagnostic use",
  ec: "economics",
  ed: "education",
  eh: "ethnology",
  em: "embryology",
  en: "enzymology",
  ep: "epidemiology",
  es: "ethics",
  et: "etiology",
  gd: "growth & development",
  ge: "genetics",
  hi: "history",
  im: "immunology",
  in: "injuries",
  ip: "isolation & purification",
  ir: "innervation",
  is: "instrumentation",
  lj: "legislation & jurisprudence",
  ma: "manpower",
  me: "metabolism",
  mi: "microbiology",
  mo: "mortality",
  mt: "methods",
  nu: "nursing",
  og: "organization & administration",
  pa: "pathology",
  pc: "prevention & control",
  pd: "pharmacology",
  ph: "physiology",
  pk: "pharmacokinetics",
  po: "poisoning",
  pp: "physiopathology",
  ps: "parasitology",
  px: "psychology",
  py: "pathogenicity",
  ra: "radiography",
  re: "radiation effects",
  rh: "rehabilitation",
  ri: "radionuclide imaging",
  rt: "radiotherapy",
  sc: "secondary",
  sd: "supply & distribution",
  se: "secretion",
  sn: "statistics & numerical data",
  st: "standards",
  su: "surgery",
  td: "trends",
  th: "therapy",
  tm: "transmission",
  to: "toxicity",
  tr: "transplantation",
  tu: "therapeutic use",
  ul: "ultrastructure",
  ur: "urine",
  us: "ultrasonography",
  ut: "utilization",
  ve: "veterinary",
  vi: "virology",
};

/**
 * The narrower qualifiers of each code, at every depth, as codes. A search for the broader qualifier finds the narrower
 * ones too. A qualifier may include more in one place than in another: toxicity is an adverse effect, but no part of
 * therapeutic use.
 */
const included: Readonly<Record<string, string>> = {
  an: "bl cf ip ur",
  ah: "bs cy pa ul em ab ir",
  cy: "pa ul",
  em: "ab",
  ch: "ag aa ai cs",
  di: "dg pa ra ri us",
  dg: "ra ri us",
  et: "ci co sc cn em ge im mi vi ps tm",
  co: "sc",
  mi: "vi",
  og: "ec lj ma st sd td ut",
  pd: "ad ae po to ag ai ct du pk",
  ae: "po to",
  ph: "ge gd im me bi bl cf df en pk ur pp se",
  me: "bi bl cf df en pk ur",
  sn: "ep eh mo sd ut",
  ep: "eh mo",
  tu: "ad ae po ct",
  th: "dh dt nu pc rt rh su tr",
  su: "tr",
};

/** The key of a name: its words without "and". "prevention & control" and "prevention and control" have one key. */
const keyOf = (name: string): string =>
  words(name)
    .filter((word) => word !== "and")
    .join(" ");

const keys = new Map(Object.entries(qualifierNames).map(([code, name]) => [code, keyOf(name)]));
const codeOf = new Map([...keys].map(([code, key]) => [key, code]));

/**
 * The key of a qualifier that is written as a code or as a name: "DT" and "Drug Therapy" give "drug therapy". The key
 * of any other text is the key of a name.
 */
export function qualifierKey(text: string): string {
  const key = keyOf(text);
  return keys.get(key) ?? key;
}

/** Whether NLM has a qualifier with this key. */
export const isQualifier = (text: string): boolean => codeOf.has(qualifierKey(text));

/** The key of a qualifier and the keys of all narrower ones. Its own comes first. */
export const withNarrower = (key: string): readonly string[] => [
  key,
  ...(included[codeOf.get(key) ?? ""]?.split(" ") ?? []).map((code) => keys.get(code)!),
];

/** What Ovid's field suffixes search here, as PubMed's tags: the first row whose every field is in the suffix. `.mp.` and `.af.` are everything. */
const searched: readonly (readonly [fields: string, tag: string])[] = [
  ["mp", "all"], ["af", "all"], ["hw", "all"], ["nm", "all"], ["rn", "all"], // headings, substances: words anywhere
  ["tw", "tiab"], ["ti,ab", "tiab"], ["ti", "ti"], ["ab", "ab"],
  ["sh", "mh"], ["pt", "pt"], ["fs", "sh"], ["au", "au"], ["jn", "ta"], ["dp", "dp"], ["yr", "dp"], ["ed", "edat"],
];

/** Suffixes that are read as such; another one is part of the text. Keywords (kw, kf, ot) are not in our records. */
const known = "mp|af|hw|nm|rn|tw|ti|ab|sh|pt|fs|au|jn|dp|yr|ed|kw|kf|ot|cm|xs";

/** A suffix behind a word, a quote or a parenthesis: `.ti,ab.`, `.mp`, `.ti. ab .` */
export const suffix = new RegExp(`(?<=[\\w)"*$?#:'])\\.\\s*((?:${known})(?:\\s*[.,]\\s*(?:${known}))*)\\s*\\.?(?=[\\s)]|$)`, "gi");

/** The PubMed tag for a suffix such as "ti,ab,kf". */
export function tagOf(suffixed: string): string {
  const fields = suffixed.toLowerCase().split(/[\s.,]+/).filter(Boolean);
  return searched.find(([wanted]) => wanted.split(",").every((field) => fields.includes(field)))?.[1] ?? "ot";
}

/** MEDLINE's two-letter subheadings, those of the published searches and the common others. */
const subheadings: Readonly<Record<string, string>> = {
  ab: "abnormalities", ae: "adverse effects", an: "analysis", bl: "blood", bs: "blood supply", ci: "chemically induced", cl: "classification", cn: "congenital",
  co: "complications", ct: "contraindications", dg: "diagnostic imaging", dh: "diet therapy", di: "diagnosis", dt: "drug therapy", ec: "economics", ed: "education",
  em: "embryology", en: "enzymology", ep: "epidemiology", et: "etiology", ge: "genetics", hi: "history", im: "immunology", in: "injuries", ip: "isolation & purification",
  me: "metabolism", mi: "microbiology", mo: "mortality", mt: "methods", nu: "nursing", pa: "pathology", pc: "prevention & control", ph: "physiology",
  pp: "physiopathology", ps: "parasitology", px: "psychology", ra: "radiography", rh: "rehabilitation", ri: "radionuclide imaging", rt: "radiotherapy", se: "secretion",
  sn: "statistics & numerical data", st: "standards", su: "surgery", td: "trends", th: "therapy", tm: "transmission", to: "toxicity", tu: "therapeutic use",
  ur: "urine", us: "ultrasonography", ut: "utilization", vi: "virology",
};

/** The name of a subheading given by code or by name. */
export const subheadingOf = (code: string): string => subheadings[code.trim().toLowerCase()] ?? code.trim();

/** One code, or several with commas between them, as the source of a regular expression. */
export const codes = `(?:${Object.keys(subheadings).join("|")})(?:\\s*,\\s*(?:${Object.keys(subheadings).join("|")}))*`;

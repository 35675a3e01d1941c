import { qualifierNames } from "../vocabulary/qualifiers";

/**
 * Ovid's two-letter fields of MEDLINE, each with the tags of PubMed for it. A term in a field that the records lack
 * ("la") is left out with a warning; "all" means all fields. Source: https://ospguides.ovid.com/OSPguides/medline.htm
 */
const fields: Readonly<Record<string, string>> = {
  mp: "all",
  af: "all",
  tw: "tiab",
  ti: "ti",
  ab: "ab",
  kw: "ot",
  kf: "ot",
  hw: "hw",
  sh: "mh",
  xm: "mh",
  mh: "mh",
  fs: "sh",
  fx: "sh",
  xs: "sh",
  pt: "pt",
  au: "au",
  fa: "au",
  ca: "cn",
  jn: "ta",
  jw: "ta",
  ja: "ta",
  nj: "ta",
  is: "ta",
  il: "ta",
  ui: "pmid",
  pm: "pmid",
  dp: "dp",
  yr: "dp",
  dt: "crdt",
  da: "crdt",
  ed: "edat",
  em: "mhda",
  ez: "edat",
  dc: "dcom",
  rd: "lr",
  up: "lr",
  ep: "epdat",
  dk: "epdat",
  ot: "tt",
  lg: "la",
  la: "la",
  nm: "nm",
  rn: "rn",
  rs: "nm",
  rw: "rn",
  ps: "nm",
  os: "nm",
  px: "ps",
  in: "ad",
  ia: "ad",
  cp: "pl",
  pl: "pl",
  pg: "pg",
  ip: "ip",
  vo: "vi",
  gr: "gr",
  no: "gr",
  go: "gr",
  ir: "ir",
  iv: "ir",
  fi: "ir",
  sb: "sb",
  st: "status",
  si: "si",
  sl: "si",
  jc: "jid",
  do: "doi",
  oi: "auid",
  ox: "lid",
  pb: "publisher",
  be: "book",
  bt: "book",
  bi: "isbn",
  cc: "cctp",
  cm: "cctp",
  ci: "cois",
  ro: "owner",
  sm: "space flight mission",
  pe: "pmcid",
};

const any = Object.keys(fields).join("|");

/**
 * Fields whose suffix may be written loosely. Every other suffix needs both dots: "vitamin d. in children" has no
 * field.
 */
const common = "mp|af|hw|nm|rn|tw|ti|ab|sh|pt|fs|au|jn|dp|yr|ed|kw|kf|ot|cm|xs|lg|em";

/** Matches a suffix behind a word, a quote or a parenthesis: `.ti,ab.`, `.mp`, `.ti. ab .` */
export const suffix = new RegExp(
  `(?<=[\\w)"*$?#:'])\\.` +
    `(?:\\s*((?:${common})(?:\\s*[.,]\\s*(?:${common}))*)\\s*\\.?|((?:${any})(?:\\s*,\\s*(?:${any}))*)\\.)` +
    `(?=[\\s)]|$)`,
  "gi",
);

/**
 * The PubMed tag for a suffix such as "ti,ab,kf". Several fields become one text field, if one of them is searched by
 * its words.
 */
export function tagOf(suffixed: string): string {
  const codes = suffixed
    .toLowerCase()
    .split(/[\s.,]+/)
    .filter((each) => fields[each] !== undefined);
  const tags = [...new Set(codes.map((each) => fields[each]!))];
  if (tags.length < 2) return tags[0] ?? "all";
  if (tags.includes("all")) return "all";
  const both = tags.includes("tiab") || (tags.includes("ti") && tags.includes("ab"));
  const words = [
    ...(both ? ["tiab"] : []),
    ...["ti", "ab", "ot"].filter((tag) => !both && tags.includes(tag)),
    ...(tags.includes("hw") || tags.includes("mh") ? ["hw"] : []),
  ];
  return words.length ? words.join(",") : tags[0]!;
}

/** The name of a subheading that is written as a code or as a name. */
export const subheadingOf = (text: string): string => qualifierNames[text.trim().toLowerCase()] ?? text.trim();

const code = `(?:${Object.keys(qualifierNames).join("|")})`;

/** The source of a regular expression for one code, or several codes with commas. */
export const codes = `${code}(?:\\s*,\\s*${code})*`;

import { either } from "../../either";

/**
 * Signs that a line is written for another search service, whose language is not read here. The first sign that is
 * found counts. `holds` lists texts in lower case, with _ for a space: a line with the sign contains at least one of
 * them. Most lines contain none, and need no regular expression.
 */
const signs: readonly (readonly [service: string, holds: readonly string[], sign: Pattern])[] = (
  [
    [
      "Scopus",
      "abs key limit-to exclude doctype srctitle affil pubyear indexterms allfields",
      new RegExp(
        String.raw`\b(?:TITLE-ABS-KEY(?:-AUTH)?|TITLE-ABS|ALLFIELDS|KEY|INDEXTERMS|AUTHKEY|LIMIT-TO|EXCLUDE|DOCTYPE` +
          String.raw`|SRCTITLE|AFFIL(?:COUNTRY)?|PUBYEAR)\s*(?:\(|[<>=]|AFT\b|BEF\b|IS\b)`,
      ),
    ],
    ["Scopus", "w/ pre/", /\b(?:PRE|W)\/\d{1,3}\b/],
    [
      "Web of Science",
      "= :",
      /(?:^|[\s(])(?:TS|TI|AB|AK|KP|SO|AU|PY|WC|SU|DO|ALL|TOPIC|#\d+\s*AND\s*LANGUAGE)\s*[=:]\s*\(/,
    ],
    ["Web of Science", "=", /(?:^|[\s(])(?:TS|AK|KP|WC)\s*=\s*\S/],
    [
      "Cochrane Library",
      ": descriptor [mh_",
      /\bmesh\s+descriptor\b|\[mh\s+[\^"]|:(?:ti|ab|kw)(?:,(?:ti|ab|kw))*,?kw\b|:kw\b|[\p{L}*]:me(?=[\s)]|$)/iu,
    ],
    [
      "Embase",
      "/exp /lim /de /syn /br /mj /it /py",
      either(
        "iu",
        /\[(?:embase|medline|humans?|english|article|review|conference abstract|py)\]\/(?:lim|py)\b/,
        /\/(?:exp|de|syn|br|mj)\/mj\b/,
        /["'\p{L}]\/exp\b/u,
        /'\/(?:de|syn|br|mj|it)\b/,
      ),
    ],
    [
      "Embase or Cochrane Library",
      ":",
      /[\p{L}\p{N}*$?'")]:(?:ti|ab|de|tn|lnk|it)(?:,(?:ti|ab|de|tn|kw|lnk|it))*(?=[\s)]|$)/iu,
    ],
    ["Embase, Cochrane Library or Web of Science", "near/ next/ onear/", /\b(?:NEAR|NEXT|ONEAR)\/\d{1,3}\b/i],
    [
      "ProQuest",
      ".exact .explode noft( tiab( ti, ab, su, if,",
      either(
        "",
        /\b(?:MESH|SU|MJMESH|EMB|MJEMB|SUBJECT)\.(?:EXACT|EXPLODE)/,
        /\b(?:NOFT|noft|TIAB)\(/,
        /(?:^|[\s(])(?:ti|ab|su|if)(?:,(?:ti|ab|su|if))+\s*\(/,
      ),
    ],
    [
      "EBSCO",
      "mh_ mm_ mj_ de_ zm_ ti_ ab_ su_ tx_ kw_",
      /(?:^|[\s(])(?:MH|MM|MJ|DE|ZM)\s+(?:["(])|(?:^|[\s(])(?:TI|AB|SU|TX|KW)\s+[("]/,
    ],
    ["EBSCO", "ti_", { exec: titleThenAbstract }],
    ["EBSCO", "_n _w", /(?<=[\p{L}"*)])\s+[NW]\d{1,2}(?=\s+["(])|(?<=[*")])\s+[NW]\d{1,2}(?=\s+[\p{L}"(])/u],
    [
      "SilverPlatter",
      "_in_ _near",
      either(
        "iu",
        /(?<!\s)\s+in\s+(?:ti|ab|mesh|de|su|kw)(?:\s*,\s*(?:ti|ab|mesh|de|su|kw))*(?=\s*(?:$|\)|and\b|or\b))/,
        /(?<=\S)\s+near\d?(?=\s+[("\p{L}])/u,
      ),
    ],
  ] as const
).map(([service, holds, sign]) => [service, holds.split(" ").map((text) => text.replace(/_/g, " ")), sign]);

const some = new RegExp(
  signs
    .flatMap(([, holds]) => holds)
    .map((text) => text.replace(/[.([/]/g, "\\$&"))
    .join("|"),
);

/** Finds a sign in a line. */
type Pattern = { exec(line: string): readonly string[] | null };

/** Finds "TI asthma AND AB child": the two fields in front of words, in this order, with an operator between them. */
function titleThenAbstract(line: string): readonly [string] | null {
  const [title, operator, abstract] = [/(?:^|[\s(])TI\s+\S/g, /\b(?:OR|AND|or|and)\b/g, /[\s(]AB\s+\S/g];
  const first = title.exec(line);
  if (!first) return null;
  operator.lastIndex = title.lastIndex;
  if (!operator.test(line)) return null;
  abstract.lastIndex = operator.lastIndex;
  return abstract.test(line) ? [line.slice(first.index, abstract.lastIndex)] : null;
}

/**
 * The service that a line is written for, and the sign that shows it. Undefined for a line that PubMed or Ovid could
 * read.
 */
export function foreignSyntax(line: string): { readonly service: string; readonly sign: string } | undefined {
  const lower = line.toLowerCase().replace(/\s/g, " ");
  if (!some.test(lower)) return undefined;
  for (const [service, holds, pattern] of signs) {
    if (!holds.some((text) => lower.includes(text))) continue;
    const [sign] = pattern.exec(line) ?? [];
    if (sign !== undefined) return { service, sign: sign.trim() };
  }
  return undefined;
}

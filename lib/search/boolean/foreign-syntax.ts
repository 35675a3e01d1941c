/** What gives a line away as written for another search service, whose language is not read here. The first sign that is found counts. */
const signs: readonly (readonly [service: string, sign: Pattern])[] = [
  ["Scopus", /\b(?:TITLE-ABS-KEY(?:-AUTH)?|TITLE-ABS|ALLFIELDS|KEY|INDEXTERMS|AUTHKEY|LIMIT-TO|EXCLUDE|DOCTYPE|SRCTITLE|AFFIL(?:COUNTRY)?|PUBYEAR)\s*(?:\(|[<>=]|AFT\b|BEF\b|IS\b)/],
  ["Scopus", /\b(?:PRE|W)\/\d{1,3}\b/],
  ["Web of Science", /(?:^|[\s(])(?:TS|TI|AB|AK|KP|SO|AU|PY|WC|SU|DO|ALL|TOPIC|#\d+\s*AND\s*LANGUAGE)\s*[=:]\s*\(/],
  ["Web of Science", /(?:^|[\s(])(?:TS|AK|KP|WC)\s*=\s*\S/],
  ["Cochrane Library", /\bmesh\s+descriptor\b|\[mh\s+[\^"]|:(?:ti|ab|kw)(?:,(?:ti|ab|kw))*,?kw\b|:kw\b|[\p{L}*]:me(?=[\s)]|$)/iu],
  ["Embase", /\[(?:embase|medline|humans?|english|article|review|conference abstract|py)\]\/(?:lim|py)\b|\/(?:exp|de|syn|br|mj)\/mj\b|["'\p{L}]\/exp\b|'\/(?:de|syn|br|mj|it)\b/iu],
  ["Embase or Cochrane Library", /[\p{L}\p{N}*$?'")]:(?:ti|ab|de|tn|lnk|it)(?:,(?:ti|ab|de|tn|kw|lnk|it))*(?=[\s)]|$)/iu],
  ["Embase, Cochrane Library or Web of Science", /\b(?:NEAR|NEXT|ONEAR)\/\d{1,3}\b/i],
  ["ProQuest", /\b(?:MESH|SU|MJMESH|EMB|MJEMB|SUBJECT)\.(?:EXACT|EXPLODE)|\b(?:NOFT|noft|TIAB)\(|(?:^|[\s(])(?:ti|ab|su|if)(?:,(?:ti|ab|su|if))+\s*\(/],
  ["EBSCO", /(?:^|[\s(])(?:MH|MM|MJ|DE|ZM)\s+(?:["(])|(?:^|[\s(])(?:TI|AB|SU|TX|KW)\s+[("]/],
  ["EBSCO", { exec: titleThenAbstract }],
  ["EBSCO", /(?<=[\p{L}"*)])\s+[NW]\d{1,2}(?=\s+["(])|(?<=[*")])\s+[NW]\d{1,2}(?=\s+[\p{L}"(])/u],
  ["SilverPlatter", /(?<!\s)\s+in\s+(?:ti|ab|mesh|de|su|kw)(?:\s*,\s*(?:ti|ab|mesh|de|su|kw))*(?=\s*(?:$|\)|and\b|or\b))|(?<=\S)\s+near\d?(?=\s+[("\p{L}])/iu],
];

/** What finds a sign in a line. */
type Pattern = { exec(line: string): readonly string[] | null };

/** "TI asthma AND AB child": the two fields in front of words, in this order, with an operator between. */
function titleThenAbstract(line: string): readonly [string] | null {
  const [title, operator, abstract] = [/(?:^|[\s(])TI\s+\S/g, /\b(?:OR|AND|or|and)\b/g, /[\s(]AB\s+\S/g];
  const first = title.exec(line);
  if (!first) return null;
  operator.lastIndex = title.lastIndex;
  if (!operator.test(line)) return null;
  abstract.lastIndex = operator.lastIndex;
  return abstract.test(line) ? [line.slice(first.index, abstract.lastIndex)] : null;
}

/** The service whose syntax a line is in and the sign that tells; undefined for what PubMed or Ovid could mean. */
export function foreignSyntax(line: string): { readonly service: string; readonly sign: string } | undefined {
  for (const [service, pattern] of signs) {
    const [sign] = pattern.exec(line) ?? [];
    if (sign !== undefined) return { service, sign: sign.trim() };
  }
  return undefined;
}

import { dayText, days } from "../syntax/dates";
import { group } from "../foreign/ovid";
import { limits } from "../syntax/parser";
import type { Query, Term } from "../syntax/query";

/**
 * The limits of Ovid and PubMed by name, as terms of PubMed. Age groups and species are headings; kinds of publication
 * are types.
 */
const named: ReadonlyMap<string, readonly string[]> = new Map(
  (
    [
      ["humans[mh]", "human|humans|species humans"],
      ["animals[mh]", "animal|animals|other animals"],
      ["female[mh]", "female|females|women"],
      ["male[mh]", "male|males|men"],
      ["infant, newborn[mh]", "newborn infant (birth to 1 month)|newborn: birth-1 month|newborn infant|newborn"],
      ["infant[mh]", "infant (1 to 23 months)|infant: 1-23 months"],
      ["infant[mh]|infant, newborn[mh]", "all infant (birth to 23 months)|infant: birth-23 months|infant"],
      ["child, preschool[mh]", "preschool child (2 to 5 years)|preschool child: 2-5 years|preschool child"],
      ["child[mh]", "child (6 to 12 years)|child: 6-12 years"],
      ["adolescent[mh]", "adolescent (13 to 18 years)|adolescent: 13-18 years|adolescent"],
      [
        "infant, newborn[mh]|infant[mh]|child, preschool[mh]|child[mh]|adolescent[mh]",
        "all child (0 to 18 years)|child: birth-18 years|all child",
      ],
      ["young adult[mh]", "young adult (19 to 24 years)|young adult: 19-24 years|young adult"],
      ["adult[mh]", "adult (19 to 44 years)|adult: 19-44 years"],
      [
        "middle aged[mh]",
        "middle age (45 to 64 years)|middle aged (45 plus years)|middle aged: 45-64 years|middle age|middle aged",
      ],
      ["aged[mh]|aged, 80 and over[mh]", "all aged (65 and over)|aged: 65+ years|all aged"],
      ["aged[mh]", "aged (65 to 79 years)|aged"],
      ["aged, 80 and over[mh]", "aged (80 and over)|aged, 80 and over|80 and over: 80+ years"],
      [
        "young adult[mh]|adult[mh]|middle aged[mh]|aged[mh]|aged, 80 and over[mh]",
        "all adult (19 plus years)|adult: 19+ years|all adult|adult",
      ],
      [
        "randomized controlled trial[pt]",
        "randomized controlled trial|randomised controlled trial|randomized controlled trials",
      ],
      ["controlled clinical trial[pt]", "controlled clinical trial"],
      ["clinical trial[pt]", "clinical trial|clinical trial, all|clinical trials"],
      ["clinical trial, phase i[pt]", "clinical trial, phase i"],
      ["clinical trial, phase ii[pt]", "clinical trial, phase ii"],
      ["clinical trial, phase iii[pt]", "clinical trial, phase iii"],
      ["clinical trial, phase iv[pt]", "clinical trial, phase iv"],
      ["meta-analysis[pt]", "meta analysis|meta-analysis"],
      ["review[pt]", "review|reviews|review articles"],
      ["systematic review[pt]", "systematic review|systematic reviews"],
      ["comparative study[pt]", "comparative study"],
      ["evaluation study[pt]", "evaluation study|evaluation studies"],
      ["multicenter study[pt]", "multicenter study"],
      ["observational study[pt]", "observational study"],
      ["case reports[pt]", "case reports"],
      ["letter[pt]", "letter"],
      ["editorial[pt]", "editorial"],
      ["comment[pt]", "comment"],
      ["practice guideline[pt]", "practice guideline"],
      ["guideline[pt]", "guideline"],
      ["journal article[pt]", "journal article"],
      ["hasabstract", "abstracts|abstract|yes: abstracts"],
    ] as const
  ).flatMap(([terms, names]) => names.split("|").map((name): [string, readonly string[]] => [name, terms.split("|")])),
);

const names = [...named.keys()]
  .sort((a, b) => b.length - a.length)
  .map((name) => name.replace(/[().+]/g, "\\$&"))
  .join("|");
const year = String.raw`\d{4}(?:\/\d{1,2}(?:\/\d{1,2})?|\d{2}(?:\d{2})?)?`;
const alternatives = [
  String.raw`(\()`,
  String.raw`(\))`,
  String.raw`\b(and|or)\b`,
  `[,;]`,
  String.raw`((?:yr|ed|dt|dp|up|rd|ez|da|ep)\s*=?\s*["(]?\s*(?:${year}|-)[^"),;]*["]?\)?)`, // yr="2005 -Current"
  String.raw`((?:publication date |entrez date )?(?:from )?${year}\s*(?:-|:|to)\s*(?:${year}|current|present))`,
  String.raw`"?(${names})"?(?=\s*(?:$|[),;]|\b(?:and|or)\b))`,
  String.raw`((?:(?!\b(?:and|or)\b)[^(),;]|\((?=[^()]*\)))+)`, // any other limit
];
const pieces = new RegExp(` ?(?:${alternatives.join("|")})`, "giy");

type Piece =
  | { readonly kind: "open" | "close" | "and" | "or" }
  | { readonly kind: "limit"; readonly query: Query | undefined };

/**
 * The query of a line's limits: `yr="2005 -Current"`, `(english language and humans)`. Undefined where the records can
 * decide none of them. `leftOut` is called for each limit that they cannot decide.
 */
export function limitsOf(text: string, leftOut: (limit: string) => void): Query | undefined {
  const found: Piece[] = [];
  let depth = 0;
  for (const [whole, open, close, operator, dates, range, name] of text.replace(/\s+/g, " ").trim().matchAll(pieces)) {
    if (open) {
      if (++depth <= limits.depth) found.push({ kind: "open" }); // deeper parentheses are ignored
    } else if (close) found.push({ kind: "close" });
    else if (operator) found.push({ kind: operator.toLowerCase() as "and" | "or" });
    else if (/^[,;]$/.test(whole.trim())) found.push({ kind: "and" });
    else if (whole.trim()) {
      const query = name
        ? group("OR", named.get(name.toLowerCase())!.map(termOf))
        : (dates ?? range)
          ? datesOf((dates ?? range)!)
          : undefined;
      if (!query) leftOut(whole.trim().replace(/^"|"$/g, ""));
      found.push({ kind: "limit", query });
    }
  }
  let at = 0;
  return either();

  function either(): Query | undefined {
    const parts = [both()];
    while (found[at]?.kind === "or") {
      at++;
      parts.push(both());
    }
    // an OR with an unknown limit limits nothing
    return parts.every((part) => part !== undefined) ? group("OR", parts as Query[]) : undefined;
  }

  function both(): Query | undefined {
    const parts: Query[] = [];
    for (let piece = found[at]; piece && piece.kind !== "or" && piece.kind !== "close"; piece = found[at]) {
      at++;
      const query = piece.kind === "limit" ? piece.query : piece.kind === "open" ? either() : undefined;
      if (piece.kind === "open" && found[at]?.kind === "close") at++;
      if (query) parts.push(query);
    }
    if (found[at]?.kind === "close" && depthAt(at) < 0) at++; // skip a closing parenthesis without a partner
    return group("AND", parts);
  }

  function depthAt(end: number): number {
    return found
      .slice(0, end + 1)
      .reduce((depth, { kind }) => depth + (kind === "open" ? 1 : kind === "close" ? -1 : 0), 0);
  }
}

function termOf(written: string): Term {
  const [, text, tag] = /^(.*?)(?:\[(\w+)\])?$/.exec(written)!;
  return { kind: "term", text: text!, quoted: false, ...(tag ? { tag, exact: true } : {}) };
}

/**
 * The range of dates of Ovid's `ed=19460101-20160720` and `yr="2005 -Current"`, and of PubMed's `from 2010/1/1 to
 * 2012`. An open end is written 1800 or 3000.
 */
function datesOf(text: string): Query | undefined {
  const tag = /^\s*(?:ed|dt|da|up|rd|ez|entrez)/i.test(text) ? "edat" : "dp";
  const [, first, to, last] =
    new RegExp(String.raw`(${year})?\s*(-|:|\bto\b)?\s*(${year}|current|present)?\s*["')]*\s*$`, "i").exec(
      text.replace(/^\D*?(?=\d{4}|-)/, ""),
    ) ?? [];
  if (first === undefined && last === undefined) return undefined;
  const from = first === undefined ? "1800" : day(first);
  const until = to === undefined ? from : last === undefined || !/^\d/.test(last) ? "3000" : day(last);
  return days(from) && days(until) ? { kind: "range", from, to: until, tag } : undefined;
}

/** Writes 20160720 as 2016/07/20. */
const day = (text: string): string => {
  const digits = text.replace(/[/-](\d)(?!\d)/g, "0$1").replace(/\D/g, "");
  return digits.length === 8
    ? dayText(Number(digits))
    : [digits.slice(0, 4), digits.slice(4, 6)].filter(Boolean).join("/");
};

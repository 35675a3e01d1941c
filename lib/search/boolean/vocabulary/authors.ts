import { normal, words } from "../text/words";

/** The parts of a person's name, as PubMed indexes it. A surname alone has no given names. */
interface Person {
  readonly surname: string;
  readonly given: readonly string[]; // given names or initials, as written
  readonly suffix: string; // "jr", "sr", "2nd" and so on; "" for none
}

/** Generation suffixes as NLM writes them. */
const suffixes: Readonly<Record<string, string>> = {
  jr: "jr",
  junior: "jr",
  sr: "sr",
  senior: "sr",
  "1st": "1st",
  "2nd": "2nd",
  "2d": "2nd",
  ii: "2nd",
  "3rd": "3rd",
  "3d": "3rd",
  iii: "3rd",
  "4th": "4th",
  iv: "4th",
  "5th": "5th",
  "6th": "6th",
};

/** Words before the noun of a surname: "Jan van der Berg" is indexed as "van der Berg J". */
const particles = new Set(
  (
    "van von vander vom der den de del della dello di da do dos das du la le el al bin ibn ben ter ten te zu zum " +
    "zur st san af av"
  ).split(" "),
);

/** Words that stand in the names of groups of authors. */
const groupWords = new Set(
  (
    "group groups study studies investigators investigator collaboration collaborations collaborative collaborators " +
    "consortium committee committees network trial trials trialists society association team teams council " +
    "institute institutes center centers centre centres organization organisation organizations working task force " +
    "panel initiative registry project program programme foundation university hospital department college academy " +
    "board commission agency bureau workshop conference federation union league alliance authors researchers " +
    "participants service services ministry section subcommittee cooperative"
  ).split(" "),
);

/** Whether a name is the name of a group: "UK Prospective Diabetes Study Group". */
export const isCollective = (name: string): boolean =>
  !name.includes(",") && /\S\s+\S/.test(name) && words(name).some((word) => groupWords.has(word));

/**
 * The key of an author in a name table: surname, initials and suffix. "Elizaveta Kon", "Kon, Elizaveta" and "Kon E"
 * have the key "kon e", and "Smith JA Jr." has "smith ja jr".
 */
export const authorKey = (name: string): string => (isCollective(name) ? normal(name) : keyOf(person(name)));

/**
 * All keys of an author of a record: with initials, "kon e", and, where the name is written out, with full names, "kon
 * elizaveta".
 */
export function authorKeys(name: string): readonly string[] {
  const common = commonKeys(name);
  if (common) return common;
  if (isCollective(name)) return [normal(name)];
  const one = person(name);
  const [short, full] = [keyOf(one), fullKey(one)];
  return full && full !== short ? [short, full] : [short];
}

/** The keys of a name in one of the two usual forms, "Kon E" and "David L. Morris"; undefined for any other form. */
function commonKeys(name: string): readonly string[] | undefined {
  const [, first = "", middle = "", last = ""] =
    /^([A-Z][a-z]+)((?: [A-Z]\.?)*) ([A-Z][a-z]+|[A-Z]{1,2})$/.exec(name) ?? [];
  const [given, surname, inner] = [
    first.toLowerCase(),
    last.toLowerCase(),
    middle.replace(/[^A-Z]/g, "").toLowerCase(),
  ];
  if (!first || groupWords.has(given) || groupWords.has(surname) || suffixes[surname] !== undefined) return undefined;
  if (last === last.toUpperCase()) return inner ? undefined : [`${given} ${surname}`];
  return [`${surname} ${given[0]!}${inner}`, [surname, given, ...inner].join(" ")];
}

/**
 * The keys that a query's author may have, as rows to try in order. The keys of one row are alternatives, and the first
 * row that finds a record counts. A full name is read in both orders. "garcia lopez" may also be a surname alone.
 */
export function authorReadings(name: string): readonly (readonly string[])[] {
  if (isCollective(name)) return [[normal(name)]];
  const natural = person(name);
  const inverted =
    natural.given.length && !name.includes(",") && !natural.given.some(isInitials) ? inverse(name) : undefined;
  if (!inverted)
    return natural.given.length && !natural.given.every(isInitials)
      ? [[fullKey(natural), keyOf(natural)]]
      : [[keyOf(natural)]];
  return [[fullKey(natural), fullKey(inverted)].filter(Boolean), [keyOf(natural), keyOf(inverted), normal(name)]];
}

const keyOf = ({ surname, given, suffix }: Person): string =>
  [normal(surname), given.map(initials).join(""), suffix].filter(Boolean).join(" ");

const fullKey = ({ surname, given, suffix }: Person): string =>
  given.some((each) => !isInitials(each))
    ? [normal(surname), normal(given.join(" ")), suffix].filter(Boolean).join(" ")
    : "";

/** The initials of one given name: "JA" and "J.A." give both letters, and "Mary-Jane" gives m and j. */
function initials(given: string): string {
  const letters = normal(given).replace(/ /g, "");
  return isInitials(given)
    ? letters
    : normal(given)
        .split(" ")
        .map((word) => word[0] ?? "")
        .join("");
}

const bare = (token: string): string => token.replace(/[.\-'’]/g, "");
const isInitials = (token: string): boolean => /^(?:\p{Lu}{1,4}|\p{L})$/u.test(bare(token));

function person(name: string): Person {
  const [before = "", ...after] = name.split(",").map((piece) => piece.trim());
  const given = after.filter((piece) => suffixes[bare(piece).toLowerCase()] === undefined).join(" ");
  const suffixAfter = after.map((piece) => suffixes[bare(piece).toLowerCase()]).find(Boolean) ?? "";
  if (given) {
    const [own, suffix] = withoutSuffix(before.split(/\s+/).filter(Boolean));
    const [names, late] = withoutSuffix(given.split(/\s+/), 0);
    return {
      surname: own.join(" "),
      given: names.map(asInitials(names.length === 1)),
      suffix: suffixAfter || suffix || late,
    };
  }
  const [tokens, suffix] = suffixAfter
    ? [before.split(/\s+/).filter(Boolean), suffixAfter]
    : withoutSuffix(before.split(/\s+/).filter(Boolean));
  return { ...inOrder(tokens, name), suffix };
}

/** The surname and given names of a name without a comma, in either order. */
function inOrder(tokens: readonly string[], name: string): Omit<Person, "suffix"> {
  const lower = name === name.toLowerCase(); // queries are often in lower case
  const shape = lower ? /^\p{L}{1,3}$/u : name === name.toUpperCase() ? /^\p{Lu}{1,3}$/u : /^\p{Lu}{1,4}$/u;
  const short = (token: string): boolean => shape.test(bare(token));
  const one = (token: string): boolean => /^\p{L}$/u.test(bare(token));
  if (tokens.length < 2) return { surname: tokens.join(" "), given: [] };
  let first = tokens.length; // the index of the first initial behind the surname
  if (short(tokens[first - 1]!)) for (first--; first > 1 && one(tokens[first - 1]!); ) first--;
  if (first < tokens.length)
    return {
      surname: tokens.slice(0, first).join(" "),
      given: tokens.slice(first).map((token) => bare(token).toUpperCase()),
    };
  if (lower && particles.has(tokens[0]!)) return { surname: tokens.join(" "), given: [] };
  const particle = tokens.findIndex((token, i) => i > 0 && i < tokens.length - 1 && particles.has(token.toLowerCase()));
  const noun = particle > 0 ? particle : tokens.length - 1;
  return { surname: tokens.slice(noun).join(" "), given: tokens.slice(0, noun) };
}

/** A full name without a comma in the other order: "kon elizaveta" as surname and given name. */
function inverse(name: string): Person {
  const [tokens, suffix] = withoutSuffix(name.trim().split(/\s+/));
  const noun = tokens.findIndex((token) => !particles.has(token.toLowerCase())) + 1;
  return { surname: tokens.slice(0, noun).join(" "), given: tokens.slice(noun), suffix };
}

/** A reader of given names. In "kon, e" and "kon, ea" the single short piece behind the comma is read as initials. */
const asInitials =
  (alone: boolean) =>
  (token: string): string =>
    alone && /^\p{Ll}{1,2}$/u.test(bare(token)) ? bare(token).toUpperCase() : token;

/**
 * Takes a generation suffix off the end of a name, but none of its first `keep` tokens. "JR", "II" and "IV" behind a
 * surname alone are initials.
 */
function withoutSuffix(tokens: readonly string[], keep = 1): readonly [readonly string[], string] {
  const last = bare(tokens.at(-1) ?? "");
  const suffix = suffixes[last.toLowerCase()];
  if (suffix === undefined || tokens.length <= keep) return [tokens, ""];
  const initialsToo = /^(?:jr|sr|ii|iv)$/i.test(last) && !/^[JS]r$/.test(last);
  return initialsToo && keep === 1 && tokens.length === 2 ? [tokens, ""] : [tokens.slice(0, -1), suffix];
}

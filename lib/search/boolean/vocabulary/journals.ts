import { normal, words } from "../text/words";

/** Journals whose usual short name is not formed by the rules of abbreviation. Keys and values are journal keys. */
const known: readonly (readonly string[])[] = [
  ["jama", "jama journal of american medical association", "journal of american medical association"],
  ["bmj", "british medical journal", "bmj clinical research ed", "br med j"],
  [
    "proc natl acad sci u s a",
    "proceedings of national academy of sciences of united states of america",
    "proceedings of national academy of sciences",
    "pnas",
  ],
  ["cmaj", "canadian medical association journal"],
];
const aliases = new Map(known.flatMap((names) => names.map((name): [string, readonly string[]] => [name, names])));

const joining = new Set(
  "of the in for on a an de la le les der die das und et di del des du y e zur van och og".split(" "),
);

/**
 * The key of a journal's name: its words without "and" and "the". The key of an ISSN is two groups of four characters.
 */
export function journalKey(name: string): string {
  const issn = /^\s*(\d{4})-?(\d{3}[\dxX])\s*$/.exec(name);
  if (issn) return normal(`${issn[1]} ${issn[2]}`);
  return words(name)
    .filter((word) => word !== "and" && word !== "the")
    .join(" ");
}

/** All keys of a journal's name: the name as it stands, and without a place or an edition in parentheses at its end. */
export function journalKeys(name: string): readonly string[] {
  const [whole, short] = [journalKey(name), journalKey(name.replace(/\([^()]*\)/g, " "))];
  return short && short !== whole ? [whole, short] : [whole];
}

/**
 * The journal keys among `names` that `asked` abbreviates, or that abbreviate `asked`: "n engl j med" and "new england
 * journal of medicine".
 */
export function abbreviations(asked: string, names: Iterable<string>): string[] {
  const own = asked.split(" ");
  const also = new Set(aliases.get(asked) ?? []);
  return [...names].filter((name) => {
    if (also.has(name)) return true;
    if (name[0] !== asked[0] || own.length < 2) return false;
    const other = name.split(" ");
    return abbreviates(own, other) || abbreviates(other, own);
  });
}

/**
 * Whether each word of `short` stands for one word of `long`, in order, with nothing but joining words between them.
 */
function abbreviates(short: readonly string[], long: readonly string[]): boolean {
  if (short.length > long.length || short.length < 2) return false;
  let at = 0;
  for (const word of long) {
    if (at < short.length && standsFor(short[at]!, word)) at++;
    else if (!joining.has(word)) return false;
  }
  return at === short.length;
}

/**
 * Whether one word stands for another: "med" is the beginning of "medicine"; "natl" and "dtsch" contract "national" and
 * "deutsche".
 */
function standsFor(short: string, word: string): boolean {
  if (word.startsWith(short)) return true;
  if (
    short.length >= word.length ||
    short[0] !== word[0] ||
    (short.length < 4 && (short.length < 3 || short[1] !== word[1]))
  )
    return false;
  let at = 0;
  for (let i = 0; i < word.length && at < short.length; i++) if (word[i] === short[at]) at++;
  return at === short.length;
}

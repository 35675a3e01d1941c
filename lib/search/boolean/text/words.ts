import { visible } from "./typography";

/** Letters that Unicode does not decompose, and Greek letters that PubMed spells out, each with its spelling. */
const spelled: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "epsilon",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ω: "omega",
};

/**
 * The index words of a text, in order: in lower case, without accents, Greek letters spelled out, split at every
 * character that is neither letter nor digit. "TNF-α, Crohn's" gives tnf, alpha, crohn and s. Characters that show
 * nothing, such as the soft hyphen, are removed; the zero-width space splits. Records and queries are both read by this
 * function.
 */
export function words(text: string): string[] {
  const folded = fold(text);
  const found: string[] = [];
  let start = -1;
  for (let i = 0; i < folded.length; i++) {
    const code = folded.charCodeAt(i);
    const inWord = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127;
    if (inWord === start >= 0) continue;
    if (!inWord) found.push(folded.slice(start, i));
    start = inWord ? i : -1;
  }
  if (start >= 0) found.push(folded.slice(start));
  return found;
}

function fold(text: string): string {
  const lower = text.toLowerCase();
  if (/^[\x00-\x7f]*$/.test(lower)) return lower; // nearly every record takes this path, which is much faster
  return visible(lower)
    .replace(/[™℠]/g, " ") // their compatibility forms are letters
    .normalize("NFKD")
    .toLowerCase() // "℃" is decomposed to a capital letter
    .replace(/\p{M}+/gu, "")
    .replace(
      /[^\x00-\x7f]/gu,
      (letter) => spelled[letter] ?? (/[\p{L}\p{N}]/u.test(letter) && !mark.test(letter) ? letter : " "),
    );
}

/**
 * Modifier letters that are printed as punctuation, such as the apostrophe of "Crohnʼs". Unicode counts them as
 * letters.
 */
const mark = /[\u02b9-\u02d1\u02ec\u02ee\ua78b\ua78c]/;

/** A name as a key of a name table: its words, joined by single spaces. */
export const normal = (text: string): string => words(text).join(" ");

/** Words that PubMed does not search for when they stand alone (PubMed User Guide, "Stopwords"). */
export const stopWords: ReadonlySet<string> = new Set(
  (
    "a about again all almost also although always among an and another any are as at be because been before being " +
    "between both but by can could did do does done due during each either enough especially etc for found from " +
    "further had has have having here how however i if in into is it its itself just kg km made mainly make may mg " +
    "might ml mm most mostly must nearly neither no nor obtained of often on or our overall perhaps pmid quite " +
    "rather really regarding seem seen several should show showed shown shows significantly since so some such than " +
    "that the their theirs them then there therefore these they this those through thus to upon use used using " +
    "various very was we were what when which while with within without would"
  ).split(" "),
);

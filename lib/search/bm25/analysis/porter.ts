/**
 * The stem of a lower-case word by Porter's algorithm (1980), as in Lucene's PorterStemFilter. It includes its author's
 * own two departures from the paper ("bli" and "logi" in step 2). Words of one or two letters do not change.
 */
export function porterStem(word: string): string {
  return word.length < 3 ? word : step5(step4(step3(step2(step1(word)))));
}

// [suffix, replacement]; the first suffix of a step that fits counts.
const suffixes2 = pairs(
  "ational ate tional tion enci ence anci ance izer ize bli ble alli al entli ent eli e ousli ous ization ize " +
    "ation ate ator ate alism al iveness ive fulness ful ousness ous aliti al iviti ive biliti ble logi log",
);
const suffixes3 = pairs("icate ic ative - alize al iciti ic ical ic ful - ness -");
const suffixes4 = "al ance ence er ic able ible ant ement ment ent sion tion ou ism ate iti ous ive ize".split(" ");

function step1(word: string): string {
  let w = word;
  if (w.endsWith("sses") || w.endsWith("ies")) w = w.slice(0, -2);
  else if (w.endsWith("s") && !w.endsWith("ss")) w = w.slice(0, -1);
  if (w.endsWith("eed")) {
    if (measure(w, w.length - 3) > 0) w = w.slice(0, -1);
  } else {
    const cut = w.endsWith("ed") ? 2 : w.endsWith("ing") ? 3 : 0;
    if (cut > 0 && hasVowel(w, w.length - cut)) w = repaired(w.slice(0, -cut));
  }
  return w.endsWith("y") && hasVowel(w, w.length - 1) ? `${w.slice(0, -1)}i` : w;
}

/** The word after "ed" or "ing" was removed, completed by the rules of step 1b. */
function repaired(w: string): string {
  if (w.endsWith("at") || w.endsWith("bl") || w.endsWith("iz")) return `${w}e`;
  if (doubled(w)) return /[lsz]$/.test(w) ? w : w.slice(0, -1);
  return measure(w, w.length) === 1 && shortEnd(w) ? `${w}e` : w;
}

const step2 = (w: string): string => replaced(w, suffixes2);
const step3 = (w: string): string => replaced(w, suffixes3);

function replaced(w: string, suffixes: readonly (readonly [string, string])[]): string {
  const found = suffixes.find(([suffix]) => w.endsWith(suffix));
  if (!found || measure(w, w.length - found[0].length) === 0) return w;
  return w.slice(0, w.length - found[0].length) + found[1];
}

function step4(w: string): string {
  const suffix = suffixes4.find((suffix) => w.endsWith(suffix));
  if (!suffix) return w;
  const cut = suffix === "sion" || suffix === "tion" ? 3 : suffix.length; // "ion" is cut only after s or t, which stays
  return measure(w, w.length - cut) > 1 ? w.slice(0, w.length - cut) : w;
}

function step5(word: string): string {
  let w = word;
  if (w.endsWith("e")) {
    const m = measure(w, w.length - 1);
    if (m > 1 || (m === 1 && !shortEnd(w.slice(0, -1)))) w = w.slice(0, -1);
  }
  return w.endsWith("ll") && measure(w, w.length - 1) > 1 ? w.slice(0, -1) : w;
}

/** The number m of vowel-consonant sequences in the first `end` letters, read as [C](VC)^m[V]. */
function measure(w: string, end: number): number {
  let m = 0;
  let vowel = false;
  for (let i = 0; i < end; i++) {
    const now = !consonant(w, i);
    if (vowel && !now) m++;
    vowel = now;
  }
  return m;
}

function hasVowel(w: string, end: number): boolean {
  for (let i = 0; i < end; i++) if (!consonant(w, i)) return true;
  return false;
}

/**
 * Whether a letter is a consonant: it is none of a, e, i, o, u, and no y after a consonant. Digits and letters of other
 * scripts are consonants.
 */
function consonant(w: string, i: number): boolean {
  const letter = w[i]!;
  if (letter === "y") return i === 0 || !consonant(w, i - 1);
  return !"aeiou".includes(letter);
}

const doubled = (w: string): boolean => w.length > 1 && w.at(-1) === w.at(-2) && consonant(w, w.length - 1);

/** Whether a word ends in consonant, vowel and consonant, and the last one is none of w, x and y. */
function shortEnd(w: string): boolean {
  const last = w.length - 1;
  return last >= 2 && consonant(w, last) && !consonant(w, last - 1) && consonant(w, last - 2) && !/[wxy]$/.test(w);
}

function pairs(text: string): (readonly [string, string])[] {
  const parts = text.split(" ");
  return parts.flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 1]!.replace("-", "")] as const] : []));
}

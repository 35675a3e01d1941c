/**
 * Whether a word holds wild cards in the form of look-ups: `#` stands for one letter or digit, and `?` for one or none.
 * At the end of a word, `*` stands for any ending, and `$4` for an ending of at most four letters. No index word
 * contains these signs.
 */
export const isPattern = (word: string): boolean => /[?#$]/.test(word);

/** The letters before the first wild card. Every word that fits begins with them. */
export const stemOf = (pattern: string): string => /^[^?#$*]*/.exec(pattern)![0];

/** One place of a pattern: the letter that must stand there ("" for any letter), and whether it may be missing. */
type Step = { readonly letter: string; readonly optional: boolean };

/** A test of whether a word fits `pattern`. Its time grows with the product of both lengths at most. */
export function fitting(pattern: string): (word: string) => boolean {
  const [, fixed, ending, most] = /^(.*?)(\*|\$(\d{1,2}))?$/.exec(pattern)!;
  const steps: Step[] = [...fixed!].map((sign) => ({
    letter: sign === "?" || sign === "#" ? "" : sign,
    optional: sign === "?",
  }));
  for (let i = 0; i < Number(most ?? 0); i++) steps.push({ letter: "", optional: true });
  return (word) => {
    let reached = closed(steps, new Set([0]));
    for (const letter of word) {
      if (ending === "*" && reached.has(steps.length)) return true;
      const next = new Set<number>();
      for (const at of reached)
        if (at < steps.length && (steps[at]!.letter === "" || steps[at]!.letter === letter)) next.add(at + 1);
      reached = closed(steps, next);
      if (!reached.size) return false;
    }
    return reached.has(steps.length);
  };
}

/**
 * The places in `steps` from which a word may go on: those in `reached`, and those behind steps that may be missing.
 */
function closed(steps: readonly Step[], reached: Set<number>): Set<number> {
  // iteration reaches the places that are added during it
  for (const at of reached) if (steps[at]?.optional) reached.add(at + 1);
  return reached;
}

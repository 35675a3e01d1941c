/**
 * Words with Ovid's wild cards, as look-ups hold them: `#` is one letter or digit, `?` is one or none, and at the end `*` is any ending
 * and `$4` an ending of at most four. None of the signs occurs in an index word.
 */
export const isPattern = (word: string): boolean => /[?#$]/.test(word);

/** The letters before the first wild card: every word that fits begins with them. */
export const stemOf = (pattern: string): string => /^[^?#$*]*/.exec(pattern)![0];

/** Letters of a word in turn: the one that must stand there ("" for any), and whether it may be missing. */
type Step = { readonly letter: string; readonly optional: boolean };

/** A test whether a word fits `pattern`. It takes time in proportion to both their lengths, whatever the pattern. */
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

/** The places in `steps` from which a word may go on: those reached, and those behind steps that may be missing. */
function closed(steps: readonly Step[], reached: Set<number>): Set<number> {
  for (const at of reached) if (steps[at]?.optional) reached.add(at + 1); // a set that grows is read to its end
  return reached;
}

/** What a sign of a pattern stands for. */
export type Wildcard =
  | { readonly one: (character: string) => boolean } // one such character
  // any number of them; with `until`, none, or some up to and including it
  | { readonly many: (character: string) => boolean; readonly until?: string };

/**
 * Whether `text` as a whole fits `pattern`, in which the keys of `wildcards` stand for other text and all else for
 * itself. Longer keys go first. Takes |pattern| · |text| steps at most: every state that the pattern can be in is
 * followed at once, where a regular expression would try one way after the other.
 */
export function fitsGlob(pattern: string, wildcards: Readonly<Record<string, Wildcard>>): (text: string) => boolean {
  const parts = partsOf(pattern, wildcards);
  return (text) => {
    let states = reached(parts, [0]);
    for (const character of text)
      states = reached(
        parts,
        states.flatMap((state) => after(parts[state], state, character)),
      );
    return states.includes(parts.length);
  };
}

/** A character that stands for itself, or a wildcard; `inside` one that has begun and has to end. */
type Part = string | (Wildcard & { readonly inside?: boolean });

function partsOf(pattern: string, wildcards: Readonly<Record<string, Wildcard>>): Part[] {
  const keys = Object.keys(wildcards).sort((a, b) => b.length - a.length);
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; ) {
    const key = keys.find((each) => pattern.startsWith(each, at));
    const sign = key ?? String.fromCodePoint(pattern.codePointAt(at)!);
    const wildcard = key === undefined ? undefined : wildcards[key]!;
    parts.push(wildcard ?? sign);
    if (wildcard && "many" in wildcard && wildcard.until !== undefined) parts.push({ ...wildcard, inside: true });
    at += sign.length;
  }
  return parts;
}

/** `states` and those that are reached from them by leaving a wildcard out. */
function reached(parts: readonly Part[], states: readonly number[]): number[] {
  const all = new Set(states);
  for (const state of all) {
    const part = parts[state];
    if (part === undefined || typeof part === "string" || !("many" in part) || part.inside) continue;
    all.add(part.until === undefined ? state + 1 : state + 2);
    if (part.until !== undefined) all.add(state + 1);
  }
  return [...all];
}

/** Where a character leads from a state. */
function after(part: Part | undefined, state: number, character: string): readonly number[] {
  if (part === undefined) return [];
  if (typeof part === "string") return part === character ? [state + 1] : [];
  if ("one" in part) return part.one(character) ? [state + 1] : [];
  if (part.until !== undefined && !part.inside) return []; // its twin behind it takes the characters
  return [...(part.many(character) ? [state] : []), ...(part.until === character ? [state + 1] : [])];
}

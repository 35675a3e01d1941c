/** Replaces `remove` characters at `at` (UTF-16 units of the original text) by `insert`. */
export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** A text after edits, and where its positions lie in the original. */
export interface Edited {
  readonly text: string;
  /** Position in the edited text of a position in the original. */
  forward(position: number): number;
  /** Position in the original of a position in the edited text; inserted text maps to where it was inserted. */
  back(position: number): number;
}

/** Applies edits that do not overlap, in any order. */
export function edit(original: string, edits: readonly Edit[]): Edited {
  const sorted = [...edits].sort((a, b) => a.at - b.at);
  let text = "";
  let from = 0;
  for (const { at, remove, insert } of sorted) {
    text += original.slice(from, at) + insert;
    from = at + remove;
  }
  text += original.slice(from);

  const forward = (position: number): number => {
    let shift = 0;
    for (const { at, remove, insert } of sorted) {
      if (position < at) break;
      if (position < at + remove) return at + shift;
      shift += insert.length - remove;
    }
    return position + shift;
  };

  const back = (position: number): number => {
    let shift = 0; // edited − original, before the edit at hand
    for (const { at, remove, insert } of sorted) {
      if (position < at + shift) break;
      if (position < at + shift + insert.length) return at;
      shift += insert.length - remove;
    }
    return position - shift;
  };

  return { text, forward, back };
}

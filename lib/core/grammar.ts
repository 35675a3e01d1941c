/**
 * The form of a completion: parts, one after the other, and then the end. It is plain data, so that prompts/, which
 * defines the form, and models/, which generates text, do not depend on each other. Tags and other fixed texts are
 * ASCII.
 */
export type Grammar = readonly GrammarPart[];

/** A part of a grammar: a fixed text, or a text of allowed characters. */
export type GrammarPart =
  | { readonly kind: "literal"; readonly text: string } // white space, if any, and then exactly this
  // anything, up to and including `until`, in which none of `without` occurs
  | { readonly kind: "text"; readonly until: string; readonly without: readonly string[] }
  // the inside of a JSON string that is not blank, and the quote that closes it
  | { readonly kind: "string"; readonly without: readonly string[] };

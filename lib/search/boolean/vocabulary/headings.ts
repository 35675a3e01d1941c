import { isQualifier, qualifierKey } from "./qualifiers";
import { normal } from "../text/words";

/** A heading as the corpus writes it, taken apart. `Heart/*physiology` and `*Heart/physiology` are both major. */
export function heading(mesh: string): { readonly name: string; readonly qualifier: string; readonly major: boolean } {
  const [name, qualifier = ""] = splitQualifier(mesh.replace(/\*/g, ""));
  return { name, qualifier, major: mesh.includes("*") };
}

/** The key of a heading, with or without a qualifier, as the tables hold it. The qualifier may be given by its code. */
export function headingKey(text: string): string {
  const [name, qualifier] = splitQualifier(text.replace(/\*/g, ""));
  return qualifier?.trim() ? `${normal(name)} / ${qualifierKey(qualifier)}` : normal(name);
}

/** Splits at the first slash. A slash inside a heading's own name splits too, but in records and queries alike, so both still meet. */
function splitQualifier(text: string): [string, string?] {
  const slash = text.indexOf("/");
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

/** A heading as a query asks for it: "Asthma/di,dt" names two qualifiers. Keys as the tables hold them; `known`: all qualifiers are NLM's. */
export function askedHeading(text: string): {
  readonly name: string;
  readonly qualifiers: readonly string[];
  readonly known: boolean;
} {
  const [name, qualified = ""] = splitQualifier(text);
  const qualifiers = qualified.split(/[,/]/).filter((each) => normal(each));
  return { name, qualifiers: qualifiers.map(qualifierKey), known: qualifiers.every(isQualifier) };
}

/** A heading that a record writes with several qualifiers, "Heart/drug effects/*physiology", as one heading for each. */
export function separate(mesh: string): readonly string[] {
  const [name, ...qualifiers] = mesh.split("/");
  return qualifiers.length > 1 && qualifiers.every(isQualifier)
    ? qualifiers.map((qualifier) => `${name}/${qualifier}`)
    : [mesh];
}

import { isQualifier, qualifierKey } from "./qualifiers";
import { normal } from "../text/words";

/** The parts of a heading as a record writes it. `Heart/*physiology` and `*Heart/physiology` are both major topics. */
export function heading(mesh: string): { readonly name: string; readonly qualifier: string; readonly major: boolean } {
  const [name, qualifier = ""] = splitQualifier(mesh.replace(/\*/g, ""));
  return { name, qualifier, major: mesh.includes("*") };
}

/** The key of a heading in a name table, with or without a qualifier. The qualifier may be written as its code. */
export function headingKey(text: string): string {
  const [name, qualifier] = splitQualifier(text.replace(/\*/g, ""));
  return qualifier?.trim() ? `${normal(name)} / ${qualifierKey(qualifier)}` : normal(name);
}

/**
 * Splits at the first slash. A slash inside the name of a heading splits too; records and queries are split alike, so
 * they still match.
 */
function splitQualifier(text: string): [string, string?] {
  const slash = text.indexOf("/");
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

/**
 * The parts of a heading as a query asks for it; "Asthma/di,dt" asks for two qualifiers. Name and qualifiers are keys
 * of the name table, and `known` says whether all qualifiers are NLM's.
 */
export function askedHeading(text: string): {
  readonly name: string;
  readonly qualifiers: readonly string[];
  readonly known: boolean;
} {
  const [name, qualified = ""] = splitQualifier(text);
  const qualifiers = qualified.split(/[,/]/).filter((each) => normal(each));
  return { name, qualifiers: qualifiers.map(qualifierKey), known: qualifiers.every(isQualifier) };
}

/**
 * The headings of a text with several qualifiers: "Heart/drug effects/*physiology" is one heading with each of them.
 */
export function separate(mesh: string): readonly string[] {
  const [name, ...qualifiers] = mesh.split("/");
  return qualifiers.length > 1 && qualifiers.every(isQualifier)
    ? qualifiers.map((qualifier) => `${name}/${qualifier}`)
    : [mesh];
}

import type { Publication } from "../../../core/records";
import { heading } from "./headings";
import { normal } from "../text/words";

/**
 * Headings with the entry terms that lead to them, as in MeSH: "Myocardial Infarction" and its entry term "heart
 * attack".
 */
export interface Thesaurus {
  readonly headings: readonly { readonly heading: string; readonly entry: readonly string[] }[];
}

/** The headings that typed words lead to: the key of a heading or entry term gives the key of the heading. */
export interface TermTable {
  readonly headings: ReadonlyMap<string, string>;
  readonly longest: number; // the number of words in the longest term
}

/** A thesaurus of the headings that the records carry, for a corpus that comes without one. */
export function ownHeadings(publications: readonly Publication[]): Thesaurus {
  const spelled = new Set(publications.flatMap(({ mesh }) => mesh));
  const names = new Set([...spelled].map((text) => heading(text).name));
  return { headings: [...names].sort().map((name) => ({ heading: name, entry: [] })) };
}

/**
 * The table for automatic term mapping. A heading outranks an equal entry term of another heading. Of two equal entry
 * terms, the first counts.
 */
export function termTable({ headings: all }: Thesaurus): TermTable {
  const headings = new Map<string, string>();
  const enter = (term: string, to: string): void => {
    if (term && !headings.has(term)) headings.set(term, to);
  };
  for (const { heading } of all) enter(normal(heading), normal(heading));
  for (const { heading, entry } of all)
    for (const term of [...entry, uninverted(heading)]) enter(normal(term), normal(heading));
  return {
    headings,
    longest: [...headings.keys()].reduce((longest, term) => Math.max(longest, term.split(" ").length), 0),
  };
}

/** An inverted heading as people type it: "Infarction, Myocardial" is typed "myocardial infarction". */
function uninverted(heading: string): string {
  const [noun, qualifier, ...more] = heading.split(",");
  return qualifier && !more.length ? `${qualifier} ${noun}` : heading;
}

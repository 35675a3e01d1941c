import type { Publication } from "../../../core/records";
import { heading } from "./headings";
import { normal } from "../text/words";

/** Preferred terms and the words that lead to them, as in MeSH: "Myocardial Infarction" and its entry "heart attack". */
export interface Thesaurus {
  readonly headings: readonly { readonly heading: string; readonly entry: readonly string[] }[];
}

/** What typed words mean: normal form of a heading or entry term to the heading's own normal form. */
export interface TermTable {
  readonly headings: ReadonlyMap<string, string>;
  readonly longest: number; // words in the longest term
}

/** The headings of the records themselves, for a corpus that comes without a thesaurus. */
export function ownHeadings(publications: readonly Publication[]): Thesaurus {
  const spelled = new Set(publications.flatMap(({ mesh }) => mesh));
  const names = new Set([...spelled].map((text) => heading(text).name));
  return { headings: [...names].sort().map((name) => ({ heading: name, entry: [] })) };
}

/** The table that automatic term mapping looks terms up in. Headings outrank the entry terms of others, and the first entry wins. */
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

/** "Infarction, Myocardial" is typed "myocardial infarction". */
function uninverted(heading: string): string {
  const [noun, qualifier, ...more] = heading.split(",");
  return qualifier && !more.length ? `${qualifier} ${noun}` : heading;
}

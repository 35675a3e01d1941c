import { allFields, fieldOf, type Field } from "../syntax/fields";
import { askedHeading } from "../vocabulary/headings";
import type { MappingContext } from "./mapping-context";
import type { Lookup } from "../lookup";
import { joined, type Plan } from "../plan";
import { meshTerm } from "./tagged-terms";
import { phraseTerm, sideBySide } from "./text-terms";
import { typed, type Typed } from "./typed-words";
import { normal, stopWords } from "../text/words";

const meshTerms = fieldOf("mh") as Extract<Field, { kind: "mesh" }>;

/**
 * The plan of untagged words by PubMed's automatic term mapping (User Guide, "How PubMed works").
 *
 * From the left, the longest run of words that the thesaurus knows is searched in three ways, joined by OR: as its
 * heading, as the words of the heading, and as the words that were typed. For "heart attack" these are
 *  "myocardial infarction"[MeSH Terms] OR (myocardial AND infarction) OR (heart AND attack)
 * with the words in All Fields. PubMed prints the two phrases as well; the ANDed words contain what they find.
 *
 * A word outside any such run is searched in All Fields. Stop words are ignored. The parts are ANDed. A heading with a
 * qualifier, `asthma/drug therapy` or `asthma/dt`, is searched as that heading. Journals and authors are not mapped,
 * and no plurals are added.
 */
export function termMapping(text: string, context: MappingContext): Plan | undefined {
  if (text.includes("/") && isHeading(text, context)) return meshTerm(text, meshTerms, context);
  const all = typed(text, context.notices.warn);
  const plans: (Plan | undefined)[] = [];
  for (let at = 0; at < all.length; ) {
    const known = longestKnown(all, at, context);
    if (known) {
      plans.push(asHeading(known.typed, known.heading, context));
      at += known.length;
      continue;
    }
    const word = all[at++]!;
    if (stopWords.has(word.text.toLowerCase())) context.notices.ignore(word.text);
    else if (word.text.toLowerCase() === "hasabstract") plans.push({ kind: "hasAbstract", shown: "hasabstract" });
    else plans.push(phraseTerm({ text: word.text, quoted: false }, allFields, context));
  }
  return joined(
    "AND",
    plans.filter((plan): plan is Plan => plan !== undefined),
  );
}

/** Whether a text is a heading with qualifiers that are all known. */
function isHeading(text: string, { table }: MappingContext): boolean {
  const { name, qualifiers, known } = askedHeading(text);
  return qualifiers.length > 0 && known && table.headings.has(normal(name));
}

/** The longest run of words from `at` that the thesaurus knows. A truncated word ends the run, as in PubMed. */
function longestKnown(
  all: readonly Typed[],
  at: number,
  { table }: MappingContext,
): { typed: string; heading: string; length: number } | undefined {
  let best: { typed: string; heading: string; length: number } | undefined;
  const words: string[] = [];
  for (let end = at; end < all.length && words.length < table.longest && !all[end]!.truncated; end++) {
    words.push(...all[end]!.words);
    if (end === at && stopWords.has(words[0]!) && words.length === 1) continue; // a stop word alone is no term
    const phrase = words.join(" ");
    const heading = table.headings.get(phrase);
    if (heading !== undefined) best = { typed: phrase, heading, length: end - at + 1 };
  }
  return best;
}

function asHeading(typedWords: string, heading: string, { corpus, notices }: MappingContext): Plan | undefined {
  const mesh: Lookup = { kind: "name", table: "mesh", name: heading, shown: `"${heading}"[MeSH Terms]` };
  const wordings = typedWords === heading ? [heading] : [heading, typedWords];
  const readings = [
    mesh,
    ...wordings.map((wording) =>
      wording
        .split(" ")
        .filter((word, _, all) => all.length === 1 || !stopWords.has(word))
        .map((word) => sideBySide([word], allFields)),
    ),
  ];
  const plans = readings.flatMap((reading): Plan[] => {
    const lookups = Array.isArray(reading) ? reading : [reading];
    // a reading that finds nothing is left out
    return lookups.every((lookup) => corpus.occurs(lookup)) ? [joined("AND", lookups)!] : [];
  });
  if (!plans.length) notices.notFound(typedWords, allFields.name);
  return joined("OR", plans);
}

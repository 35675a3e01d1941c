import { allFields, fieldOf, type Field } from "../syntax/fields";
import { askedHeading } from "../vocabulary/headings";
import type { MappingContext } from "./mapping-context";
import { joined, type Lookup, type Plan } from "../plan";
import { meshTerm } from "./tagged-terms";
import { phraseTerm, sideBySide } from "./text-terms";
import { typed, type Typed } from "./typed-words";
import { normal, stopWords } from "../text/words";

const meshTerms = fieldOf("mh") as Extract<Field, { kind: "mesh" }>;

/**
 * PubMed's automatic term mapping of untagged words (User Guide, "How PubMed works").
 *
 * From the left, the longest run of words that the thesaurus knows is searched as its heading, as the words of the heading
 * and as the words typed; for "heart attack":
 *   "myocardial infarction"[MeSH Terms] OR (myocardial AND infarction) OR (heart AND attack), the words in All Fields.
 * (PubMed prints the two phrases as well, which the ANDed words contain.) A word outside any such run is searched in
 * All Fields; stop words are ignored; everything is ANDed. A heading with a qualifier, `asthma/drug therapy` or `asthma/dt`, is that heading. Journals and authors are not mapped, nor plurals added.
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

/** Whether a text is a heading with qualifiers, all of them known. */
function isHeading(text: string, { table }: MappingContext): boolean {
  const { name, qualifiers, known } = askedHeading(text);
  return qualifiers.length > 0 && known && table.headings.has(normal(name));
}

/** The longest run of words from `at` on that the thesaurus knows. Truncation turns the mapping off. */
function longestKnown(
  all: readonly Typed[],
  at: number,
  { table }: MappingContext,
): { typed: string; heading: string; length: number } | undefined {
  let best: { typed: string; heading: string; length: number } | undefined;
  const words: string[] = [];
  for (let end = at; end < all.length && words.length < table.longest && !all[end]!.truncated; end++) {
    words.push(...all[end]!.words);
    if (end === at && stopWords.has(words[0]!) && words.length === 1) continue; // no term is a stop word by itself
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
    return lookups.every((lookup) => corpus.occurs(lookup)) ? [joined("AND", lookups)!] : []; // a reading that finds nothing adds nothing
  });
  if (!plans.length) notices.notFound(typedWords, allFields.name);
  return joined("OR", plans);
}

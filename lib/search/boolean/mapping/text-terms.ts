import type { TextField } from "../syntax/fields";
import type { MappingContext } from "./mapping-context";
import type { Lookup } from "../lookup";
import { joined, type Plan } from "../plan";
import { typed, type Typed } from "./typed-words";
import { stopWords } from "../text/words";

const longest = 32; // words that are searched side by side; a longer run is not searched as a phrase

const mostNear = 50; // proximity searches in a query; each one reads all positions of its words

/** A look-up of words side by side in a text field. */
export function sideBySide(words: readonly string[], { parts, name }: TextField, text = words.join(" ")): Lookup {
  return { kind: "words", words, parts, shown: `"${text}"[${name}]` };
}

/**
 * The plan of a tagged or quoted term. It is searched as a phrase. Where the phrase occurs nowhere, its words are
 * ANDed. A hyphenated term is searched as a phrase only; where it occurs nowhere, it finds nothing (User Guide, "Phrase
 * searching").
 *
 * PubMed asks a phrase index. Here the phrase is looked for in the records themselves, so that no phrase is missed.
 *
 * @param unquoted the plan of the term without its quotes, for a quoted phrase that occurs nowhere
 */
export function phraseTerm(
  { text, quoted }: { readonly text: string; readonly quoted: boolean },
  field: TextField,
  context: MappingContext,
  unquoted?: () => Plan | undefined,
): Plan | undefined {
  const { corpus, notices } = context;
  const parts = typed(text, notices.warn);
  const words = parts.flatMap((part) => part.words);
  if (words.length <= longest) {
    const phrase = sideBySide(words, field);
    if (corpus.occurs(phrase)) return phrase;
    if (words.length === 1) return void notices.notFound(text, field.name);
    if (parts.length === 1 && parts[0]!.hyphenated) return absentHyphenated(parts[0]!, phrase, field, context);
  }
  if (quoted) notices.quotedNotFound(text, field.name);
  return unquoted ? unquoted() : allOf(parts, field, context);
}

/** The look-up of a hyphenated phrase that occurs nowhere. It finds nothing, so an AND with it finds nothing either. */
function absentHyphenated({ text }: Typed, phrase: Lookup, { name }: TextField, { notices }: MappingContext): Lookup {
  notices.warn(`hyphenated phrase not found: ${text}[${name}] finds nothing`);
  return phrase;
}

/** The plan of `"aspirin mortality"[tiab:~3]`: all words of the text, with at most three other words among them. */
export function nearTerm(
  text: string,
  field: TextField,
  within: number,
  { corpus, notices }: MappingContext,
): Plan | undefined {
  if (!notices.count("proximity", mostNear))
    return void notices.warn(`too many proximity searches: those after the first ${mostNear} were left out`);
  const words = typed(text, notices.warn)
    .flatMap((part) => part.words)
    .slice(0, longest);
  const near: Lookup = {
    kind: "near",
    words,
    parts: field.parts,
    within,
    shown: `"${words.join(" ")}"[${field.name}:~${within}]`,
  };
  if (corpus.occurs(near)) return near;
  return void notices.notFound(text, `${field.name}:~${within}`);
}

/** The plan of a text whose words are ANDed. Stop words and words that occur nowhere are left out, with a warning. */
function allOf(
  parts: readonly Typed[],
  field: TextField,
  { corpus, notices, table }: MappingContext,
): Plan | undefined {
  const found: Lookup[] = [];
  for (const part of parts) {
    if (stopWords.has(part.text.toLowerCase())) {
      notices.ignore(part.text);
      continue;
    }
    if (part.hyphenated) {
      const phrase = sideBySide(part.words, field);
      found.push(corpus.occurs(phrase) ? phrase : absentHyphenated(part, phrase, field, { corpus, notices, table }));
      continue;
    }
    for (const word of part.words) {
      const lookup = sideBySide([word], field);
      if (corpus.occurs(lookup)) found.push(lookup);
      else notices.notFound(word, field.name);
    }
  }
  return joined("AND", found);
}

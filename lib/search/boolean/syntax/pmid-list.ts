/** Whether a number looks like a year. Such a number is a word where records hold it as a word. */
const looksLikeYear = (number: string): boolean => /^(?:19|20)\d\d$/.test(number);

/**
 * The PMIDs of a text that holds nothing else: "29161391", "PMID: 29161391", "29161391, 28271409", or one on each line.
 * PubMed takes them without a tag, and joins several of them by OR. Undefined for any other text. Numbers of fewer than
 * five digits count only where `isPmid` knows one of them, since "type 2" and "2010" are words.
 */
export function pmidList(
  text: string,
  isPmid: (id: string) => boolean,
  isWord: (word: string) => boolean,
): readonly string[] | undefined {
  if (/[^\d\s,;:pmids]/i.test(text) || !/\d/.test(text)) return undefined; // nearly every term ends here
  const labelled = /^\s*pmids?\b/i.test(text);
  const ids = text
    .replace(/\bpmids?\b\s*:?/gi, " ")
    .split(/[\s,;]+/)
    .filter(Boolean);
  if (!ids.length || !ids.every((id) => /^[1-9]\d{0,7}$/.test(id))) return undefined;
  const words = ids.every((id) => id.length < 5 && (!isPmid(id) || (looksLikeYear(id) && isWord(id))));
  return words && !labelled ? undefined : ids;
}

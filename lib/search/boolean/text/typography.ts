/**
 * Characters that show nothing: format characters (Unicode Cf: soft hyphen, joiners, direction marks, byte order mark)
 * and all others that Unicode calls ignorable.
 */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * The text without the characters that show nothing. A zero-width space ends a word (Unicode Standard Annex 29), so it
 * becomes a space.
 */
export const visible = (text: string): string => text.replace(/\u200b/g, " ").replace(invisible, "");

/** The marks of the query language, each with the characters that people and word processors write for it. */
const marks: readonly (readonly [written: RegExp, mark: string])[] = [
  [/[“”„‟″‶〝〞〟❝❞❠«»‹›⹂「」『』｢｣ʺˮ]/gu, '"'],
  [/[‘’‚‛′‵❛❜`´ʼʹʻʽˈ]/gu, "'"],
  [/[\p{Pd}\u2212\u2043\u02d7]/gu, "-"], // every dash of Unicode, the minus sign and the hyphen bullet
  [/[【〔〖〘〚⟦❲]/gu, "["],
  [/[】〕〗〙〛⟧❳]/gu, "]"],
  [/[❨⟮⸨]/gu, "("],
  [/[❩⟯⸩]/gu, ")"],
  [/[∗⁎✱✲]/gu, "*"],
  [/[⁄∕]/gu, "/"],
  [/[∶꞉]/gu, ":"],
  [/[∼˜]/gu, "~"],
  [/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2800]/g, " "], // control characters, and the empty braille cell
];

/** Full-width forms, small forms and forms for vertical text. Each has an ASCII character as its compatibility form. */
const wide = /[\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff5e]/g;

/**
 * A query in the characters of a keyboard. Typographic quotes, dashes, brackets and full-width letters become the ASCII
 * characters that they stand for. Characters that show nothing are removed. Letters with accents and other scripts
 * stay. A second pass changes nothing.
 */
export function plain(text: string): string {
  if (/^[\t\n\r\x20-\x5f\x61-\x7e]*$/.test(text)) return text;
  const narrow = visible(text).replace(wide, (character) => character.normalize("NFKC"));
  return marks.reduce((plainer, [written, mark]) => plainer.replace(written, mark), narrow);
}

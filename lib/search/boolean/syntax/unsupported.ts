import { fieldOf } from "./fields";
import type { Term } from "./query";

/** Fields in which PubMed searches for words near each other (User Guide, "Proximity searching"). */
const proximity = new Set(["Title", "Title/Abstract", "Affiliation"]);

/** A term without the features that PubMed does not have. `warn` is called for each feature that is left out. */
export function supported(term: Term, warn: (text: string) => void): Term {
  const { text, quoted, tag } = term;
  if (!/[*?$#]/.test(text) && !tag?.includes("~")) return term;
  const shown = quoted ? `"${text}"` : text;
  const signs = new Set(
    Array.from(text.matchAll(/\p{L}([?$#])[\p{L}*]|\p{Ll}\p{Ll}\p{Ll}\$/gu), ([, wild = "$"]) => wild),
  );
  for (const wild of signs) warn(`PubMed has no wild card ${wild}: in ${shown} it was read as a space`);
  const [, name, within] = /^(.*?):\s*~\s*(\d{1,4})$/.exec(tag ?? "") ?? [];
  const field = fieldOf(name ?? tag ?? "");
  const phrase = tag === undefined ? quoted : quoted || field?.kind === "text";
  if (name === undefined && phrase && /\*["']?\s+\S/.test(text))
    warn(`PubMed truncates only the last word of a phrase: ${shown} is looked for as written`);
  if (name === undefined || !field) return term;
  const why = text.includes("*")
    ? "no proximity with a truncated word"
    : !proximity.has(field.name)
      ? `no proximity in [${name}]`
      : undefined;
  if (why === undefined) return term;
  warn(`PubMed has ${why}: ${shown}[${tag}] was searched as [${name}], without ~${within}`);
  return { ...term, tag: name };
}

/** The indexed parts of a record, as bits: a search field is a set of them. */
export const part = { title: 1, abstract: 2, mesh: 4, type: 8, author: 16, journal: 32 } as const;

/** What a field tag searches. */
export type Field =
  | { readonly kind: "text"; readonly name: string; readonly parts: number } // words, anywhere in these parts
  | { readonly kind: "mesh"; readonly name: string; readonly major: boolean }
  | { readonly kind: "name"; readonly name: string; readonly table: "type" | "journal" | "author" | "subheading" | "pmid" } // the whole entry
  | { readonly kind: "date"; readonly name: string }
  | { readonly kind: "absent"; readonly name: string }; // PubMed has the field; our records do not carry it

export type TextField = Extract<Field, { kind: "text" }>;

const text = (name: string, parts: number): TextField => ({ kind: "text", name, parts });
const { title, abstract, mesh, type, author, journal } = part;

export const allFields = text("All Fields", title | abstract | mesh | type | author | journal);
const titleAbstract = text("Title/Abstract", title | abstract);
const titleOnly = text("Title", title);
const abstractOnly = text("Abstract", abstract);
const textWord = text("Text Word", title | abstract | mesh | type);
const meshTerms: Field = { kind: "mesh", name: "MeSH Terms", major: false };
const majorTopic: Field = { kind: "mesh", name: "MeSH Major Topic", major: true };
const publicationType: Field = { kind: "name", name: "Publication Type", table: "type" };
const authors: Field = { kind: "name", name: "Author", table: "author" };
const journals: Field = { kind: "name", name: "Journal", table: "journal" };
const subheading: Field = { kind: "name", name: "MeSH Subheading", table: "subheading" };
const pmid: Field = { kind: "name", name: "PMID", table: "pmid" };
const published: Field = { kind: "date", name: "Date - Publication" };
const entered: Field = { kind: "date", name: "Date - Entry" }; // and its kin; our records have one date, so that one is searched

/** Tags as people write them, lower case, to fields. Short and long names as in PubMed's User Guide. */
const tags: ReadonlyMap<string, Field> = new Map(
  (
    [
      [allFields, "all|all fields|all field"],
      [titleAbstract, "tiab|title/abstract|title abstract|ti,ab|ti/ab"],
      [titleOnly, "ti|title"],
      [abstractOnly, "ab|abstract"],
      [textWord, "tw|text word|text words|text|word"],
      [meshTerms, "mh|mesh|mesh terms|mesh term|mesh:noexp|mh:noexp|mesh terms:noexp|mesh:no exp"],
      [majorTopic, "majr|mesh major topic|majr:noexp|mesh major topic:noexp"],
      [publicationType, "pt|ptyp|publication type|pt:noexp|publication type:noexp"],
      [authors, "au|author|auth|fau|author - full|full author name"],
      [journals, "ta|jour|journal"],
      [subheading, "sh|subheading|mesh subheading|sh:noexp|subheading:noexp"],
      [pmid, "pmid|uid"],
      [published, "dp|pdat|date - publication|publication date|ppdat|epdat"],
      [entered, "edat|date - entry|entry date|crdt|date - create|create date|mhda|date - mesh|lr|date - modification|dcom|date - completion"],
    ] as const
  ).flatMap(([field, names]) => names.split("|").map((name): [string, Field] => [name, field])),
);

/** Fields of PubMed that our records do not carry: they limit nothing here, and a warning says so. */
const absent: ReadonlySet<string> = new Set(
  ("la|lang|language|sb|subset|filter|ad|affiliation|gr|grant number|ip|issue|vi|volume|pg|pagination|nm|supplementary concept|rn|ec/rn number|" +
    "ps|pa|pharmacological action|ot|other term|1au|first author|author - first|lastau|last author|author - last|cn|corporate author|ir|investigator|" +
    "is|issn|si|secondary source id|pl|place of publication|aid|lid|location id|jid|owner|book|ed|isbn|pubn|cois").split("|"),
);

/** The field a tag names, or undefined where PubMed has no such field. `tag` is what stood between the brackets. */
export function fieldOf(tag: string): Field | undefined {
  const name = tag.trim().toLowerCase().replace(/\s+/g, " ").replace(/ ?: ?/g, ":");
  const known = tags.get(name);
  if (known) return known;
  return absent.has(name) ? { kind: "absent", name: tag.trim() } : undefined;
}

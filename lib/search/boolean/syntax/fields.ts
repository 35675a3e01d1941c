/** The indexed parts of a record, as bits. A text field is a set of parts. */
export const part = { title: 1, abstract: 2, mesh: 4, type: 8, author: 16, journal: 32, keyword: 64 } as const;

/** The name tables that a field can look a whole name up in. */
export type NamedTable =
  | "type"
  | "journal"
  | "author"
  | "firstAuthor"
  | "lastAuthor"
  | "collective"
  | "subheading"
  | "pmid";

/** What a field tag searches. */
export type Field =
  | { readonly kind: "text"; readonly name: string; readonly parts: number } // finds words in any of these parts
  | { readonly kind: "mesh"; readonly name: string; readonly major: boolean; readonly exploded: boolean }
  // finds whole names
  | { readonly kind: "name"; readonly name: string; readonly table: NamedTable; readonly exploded: boolean }
  | { readonly kind: "date"; readonly name: string }
  | { readonly kind: "filter"; readonly name: string } // names a subset of PubMed
  | { readonly kind: "absent"; readonly name: string }; // PubMed has the field, and the records here do not hold it

export type TextField = Extract<Field, { kind: "text" }>;

const text = (name: string, parts: number): TextField => ({ kind: "text", name, parts });
const named = (name: string, table: NamedTable): Field => ({ kind: "name", name, table, exploded: true });
const date = (name: string): Field => ({ kind: "date", name });
const absent = (name: string): Field => ({ kind: "absent", name });
const { title, abstract, mesh, type, author, journal, keyword } = part;

export const allFields = text("All Fields", title | abstract | mesh | type | author | journal | keyword);

/**
 * The fields of PubMed with their tags, from its User Guide ("Search field tags") and from einfo: the names of today
 * and earlier ones. Upper and lower case, spaces and punctuation make no difference: "Title / Abstract" and "tiab" name
 * one field.
 */
const fields: readonly (readonly [field: Field, tags: string])[] = [
  [allFields, "all|all fields|all field"],
  [text("Title/Abstract", title | abstract | keyword), "tiab|title/abstract|abstract/title"],
  [text("Title", title), "ti|titl|title|title words"],
  [text("Abstract", abstract), "ab|abstract"],
  [text("Text Word", title | abstract | mesh | type | keyword), "tw|text word|text words|text|word"],
  [text("Other Term", keyword), "ot|otrm|other term|other terms|keyword|keywords|author keyword|author keywords"],
  [text("MeSH Words", mesh), "hw|mesh words|subject heading word"], // a field of Ovid's, which PubMed does not have
  [
    { kind: "mesh", name: "MeSH Terms", major: false, exploded: true },
    "mh|mesh|mesh terms|mesh term|mesh heading|mesh headings",
  ],
  [
    { kind: "mesh", name: "MeSH Major Topic", major: true, exploded: true },
    "majr|mesh major topic|mesh major topics|major topic",
  ],
  [named("Publication Type", "type"), "pt|ptyp|publication type|publication types"],
  [named("Author", "author"), "au|auth|author|authors|author name|fau|full|full author name|author - full"],
  [named("Author - First", "firstAuthor"), "1au|faut|first author|first author name|author - first"],
  [named("Author - Last", "lastAuthor"), "lastau|laut|last author|last author name|author - last"],
  [named("Author - Corporate", "collective"), "cn|coln|corporate author|author - corporate|collective name"],
  [named("Journal", "journal"), "ta|jour|journal|journal title|journal title abbreviation|is|issn"],
  [named("MeSH Subheading", "subheading"), "sh|subh|subheading|subheadings|mesh subheading|mesh subheadings"],
  [named("PMID", "pmid"), "pmid|uid|pubmed id|pmid - pubmed unique identifier"],
  [date("Date - Publication"), "dp|pdat|date - publication|publication date|date of publication"],
  [date("Print Publication Date"), "ppdt|ppdat|print publication date|date - print publication|dpp"],
  [date("Electronic Publication Date"), "epdt|epdat|electronic publication date|date - electronic publication|dep"],
  [date("Date - Entry"), "edat|date - entry|entry date|date - entrez|entrez date|p1dat"],
  [date("Date - Create"), "crdt|date - create|create date"],
  [date("Date - MeSH"), "mhda|date - mesh|mesh date"],
  [date("Date - Modification"), "lr|mdat|date - modification|modification date|date last revised"],
  [date("Date - Completion"), "dcom|cdat|date - completion|completion date"],
  [{ kind: "filter", name: "Filter" }, "sb|subset|filter|filt"],
  [absent("Affiliation"), "ad|affl|affiliation|author affiliation"],
  [absent("Article Identifier"), "aid|article identifier|article id|doi|pid|publisher id"],
  [absent("Author - Identifier"), "auid|author identifier|author - identifier"],
  [absent("Author Cluster ID"), "aucl|author cluster id"],
  [absent("Book"), "book|book accession"],
  [absent("Comment Correction Type"), "cctp|comment correction type|comments/corrections"],
  [absent("Conflict of Interest Statements"), "cois|conflict of interest statement|conflict of interest statements"],
  [absent("DSO"), "dso"],
  [absent("EC/RN Number"), "rn|ecno|ec/rn number|registry number|unii"],
  [absent("Editor"), "ed|editor"],
  [absent("Extended PMID"), "eid|extended pmid"],
  [absent("Grants and Funding"), "gr|grnt|grant number|grant numbers|grants and funding|grant"],
  [absent("Investigator"), "ir|finv|fir|investigator|full investigator name|investigator - full"],
  [absent("ISBN"), "isbn"],
  [absent("Issue"), "ip|iss|issue"],
  [absent("Language"), "la|lang|language"],
  [absent("Location ID"), "lid|location id"],
  [absent("NLM Unique ID"), "jid|nlm unique id|nlmid"],
  [absent("Owner"), "owner|own"],
  [absent("Pagination"), "pg|page|pagination|page number|first page"],
  [absent("Pharmacological Action"), "pa|papx|pharmacological action|mesh pharmacological action"],
  [absent("Place of Publication"), "pl|cnty|place of publication|country"],
  [absent("PMC ID"), "pmc|pmcid|pmcr|pmc id"],
  [absent("Publisher"), "pubn|publisher"],
  [absent("Publication Status"), "pubstatus|pst|publication status|status|stat"],
  [absent("Secondary Source ID"), "si|secondary source id|secondary source"],
  [absent("Space Flight Mission"), "sfm|space flight mission"],
  [absent("Subject - Personal Name"), "ps|personal name as subject|subject - personal name"],
  [
    absent("Supplementary Concept"),
    "nm|subs|supplementary concept|supplementary concepts|substance name|substance|name of substance",
  ],
  [absent("Transliterated Title"), "tt|transliterated title|vernacular title"],
  [absent("Volume"), "vi|vol|volume"],
];

const squeezed = (tag: string): string => tag.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

const byTag: ReadonlyMap<string, Field> = new Map(
  fields.flatMap(([field, tags]) => tags.split("|").map((tag): [string, Field] => [squeezed(tag), field])),
);

/**
 * The field that a tag names; undefined where PubMed has no such field. `tag` is the text between the brackets.
 * `:noexp` turns off the search for narrower headings, qualifiers and publication types. Ovid writes several fields
 * with commas, "ti,ab"; they are searched as one field.
 */
export function fieldOf(tag: string): Field | undefined {
  const asWritten = byTag.get(tag);
  if (asWritten) return asWritten;
  const [, plainTag, unexploded] = /^(.*?)(:\s*no[\s-]*exp(?:lode)?\s*)?$/is.exec(tag.trim()) ?? [];
  const field = byTag.get(squeezed(plainTag ?? ""));
  if (plainTag?.includes(",")) return together(plainTag.split(",").map((each) => byTag.get(squeezed(each)))) ?? field;
  return field && unexploded !== undefined && (field.kind === "mesh" || field.kind === "name")
    ? { ...field, exploded: false }
    : field;
}

/**
 * A text field with the parts of several fields. Undefined where one field is unknown, or none of them is searched by
 * its words.
 */
function together(all: readonly (Field | undefined)[]): TextField | undefined {
  const known = all.filter((field): field is Field => field !== undefined);
  const texts = known
    .map((field) => (field.kind === "text" ? field : field.kind === "mesh" ? text("MeSH Terms", mesh) : undefined))
    .filter((field): field is TextField => field !== undefined);
  if (known.length < all.length || !texts.length) return undefined;
  return text(
    [...new Set(texts.map(({ name }) => name))].join("/"),
    texts.reduce((parts, field) => parts | field.parts, 0),
  );
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptData } from "../../core/errors";

/** Which part of a clinical question a concept can be. */
export type ConceptRole = "P" | "I" | "C" | "O";

/** One thing with many names. */
export interface Concept {
  readonly id: string; // the heading in lower case, words joined by hyphens
  readonly role: ConceptRole;
  readonly heading: string; // MeSH heading
  readonly terms: readonly string[]; // the names in use: two to five, plainest first
  readonly entry: readonly string[]; // those of `terms` that automatic term mapping turns into the heading
  readonly route?: string; // how an intervention is given: "oral"
  readonly goal?: string; // what treatment is to do to an outcome: "reduce" or "improve"
}

/** The names and phrases that the synthetic literature is made of. */
export interface Vocabulary {
  readonly about: string;
  readonly concepts: readonly Concept[];
}

/** MeSH as a search engine needs it: each heading and the names that map to it. */
export interface HeadingList {
  readonly headings: readonly { readonly heading: string; readonly entry: readonly string[] }[];
}

/** The vocabulary of the project. The path is the same from lib/ and from dist/. */
const vocabularyFile = join(__dirname, "..", "..", "..", "data", "vocabulary.json");

const fix = "Restore the file from the repository, or correct the entry.";
const roles: readonly string[] = ["P", "I", "C", "O"];

/** Reads and checks a vocabulary. Throws CorruptData naming the concept that is wrong. */
export function readVocabulary(file = vocabularyFile): Vocabulary {
  let text: string;
  let parsed: unknown;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new CorruptData(file, `cannot be read (${(cause as Error).message})`, fix, { cause });
  }
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CorruptData(file, `is not JSON (${(cause as Error).message})`, fix, { cause });
  }
  const { about, concepts } = (parsed ?? {}) as Partial<Vocabulary>;
  if (!Array.isArray(concepts) || concepts.length === 0) throw new CorruptData(file, `has no list "concepts"`, fix);
  concepts.forEach((concept: unknown, n) => {
    const why = whatIsWrong(concept);
    if (why !== "")
      throw new CorruptData(
        file,
        `concept ${n + 1} (${(concept as Partial<Concept> | null)?.id ?? "no id"}) ${why}`,
        fix,
      );
  });
  const vocabulary = { about: String(about ?? ""), concepts: concepts as Concept[] };
  const clash = firstClash(vocabulary.concepts);
  if (clash !== "") throw new CorruptData(file, clash, fix);
  return vocabulary;
}

/** The concepts of one role, in file order. */
export function conceptsOf(vocabulary: Vocabulary, role: ConceptRole): Concept[] {
  return vocabulary.concepts.filter((concept) => concept.role === role);
}

/** The vocabulary's headings with their entry terms, as a search engine takes them. */
export function headingList({ concepts }: Vocabulary): HeadingList {
  return { headings: concepts.map(({ heading, entry }) => ({ heading, entry })) };
}

/** Words as a search engine sees them: lower case, letters and digits, one blank between and around. */
export function spaced(text: string): string {
  return ` ${(text.toLowerCase().match(/[a-z0-9]+/g) ?? []).join(" ")} `;
}

function whatIsWrong(value: unknown): string {
  const { id, role, heading, terms, entry, route, goal } = (value ?? {}) as Partial<Concept>;
  if (typeof id !== "string" || id === "") return "has no id";
  if (!roles.includes(role ?? "")) return `has role ${JSON.stringify(role)}; roles are ${roles.join(", ")}`;
  if (typeof heading !== "string" || heading === "") return "has no heading";
  if (!Array.isArray(terms) || terms.length < 2 || terms.length > 5) return "needs two to five terms";
  const odd = terms.find((term) => typeof term !== "string" || !/^[A-Za-z0-9]+( [A-Za-z0-9]+){0,2}$/.test(term));
  if (odd !== undefined)
    return `has the term ${JSON.stringify(odd)}; a term is one to three words of letters and digits`;
  if (!Array.isArray(entry) || entry.some((term) => !terms.includes(term)))
    return `has an "entry" that is not among its terms`;
  if (route !== undefined && typeof route !== "string") return `has route ${JSON.stringify(route)}, which is no text`;
  if (role === "O" && goal !== "reduce" && goal !== "improve")
    return `has goal ${JSON.stringify(goal)}; it must be "reduce" or "improve"`;
  return "";
}

/**
 * A name that lies inside the name of something else ("stroke" in "heat stroke")
 * would make every search for the first a wrong hit for the second.
 */
function firstClash(concepts: readonly Concept[]): string {
  const ids = new Set<string>();
  const owners = new Map<string, string>();
  for (const { id, terms } of concepts) {
    if (ids.has(id)) return `the id "${id}" occurs twice`;
    ids.add(id);
    for (const term of terms) {
      const name = spaced(term);
      if (owners.has(name)) return `"${term}" names both ${owners.get(name)} and ${id}`;
      owners.set(name, id);
    }
  }
  for (const { id, terms, heading } of concepts) {
    for (const name of [...terms, heading]) {
      const words = spaced(name).trim().split(" ");
      for (let from = 0; from < words.length; from++) {
        for (let to = from + 1; to <= words.length; to++) {
          const owner = owners.get(` ${words.slice(from, to).join(" ")} `);
          if (owner !== undefined && owner !== id) return `"${name}" of ${id} contains a name of ${owner}`;
        }
      }
    }
  }
  return "";
}

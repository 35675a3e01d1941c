import { nearest } from "../../core/nearest";
import type { Pico } from "../../core/records";
import type { ChatFormat } from "../../prompts/chat";
import { publicationPrompt } from "../../prompts/templates";
import { type Wording, worded } from "../../prompts/wording";

/** A question as somebody asks it. */
export interface Question {
  readonly query: string;
  readonly pico?: Pico;
  readonly schema?: string; // of a question to a database: its tables
  readonly knowledge?: string; // of a question to a database: what its columns mean
}

/** What a question is rewritten for. */
export interface RewriteTask {
  readonly name: string;
  readonly about: string;
  readonly key: "query" | "sql";
  prompt(question: Question): string;
}

/** Kinds of engines by the names that DeepRetrieval's data sets have. A new one is a new line. */
const kinds: Readonly<Record<string, { readonly wording: Wording; readonly about: string }>> = {
  pubmed: { wording: "publications", about: "Boolean queries for PubMed" },
  ctgov: { wording: "trials", about: "Boolean queries for ClinicalTrials.gov" },
  evidence: { wording: "passages", about: "words of a passage that answers a question, for BM25" },
  beir: { wording: "documents", about: "words of relevant documents, for BM25" },
  dense: { wording: "meanings", about: "what relevant documents say, for vectors" },
  sql: { wording: "sql", about: "SQLite queries" },
};

export const rewriteTaskNames: readonly string[] = Object.keys(kinds);

/** How the prompts of a model are written. */
export interface PromptForm {
  /** the short prompt that the embedded policy was trained on: it knows PubMed only */
  readonly brief?: boolean;
  /** the model's own format of conversations; ChatML if absent */
  readonly chat?: ChatFormat | undefined;
}

/** The tasks that a model is asked, by name. */
export function rewriteTasks({ brief = false, chat }: PromptForm = {}): readonly RewriteTask[] {
  if (brief)
    return [
      {
        name: "pubmed",
        about: kinds["pubmed"]!.about,
        key: "query",
        prompt: (question) => publicationPrompt(question),
      },
    ];
  return Object.entries(kinds).map(([name, { wording, about }]) => ({
    name,
    about,
    key: wording === "sql" ? "sql" : "query",
    prompt: ({ schema, knowledge, ...question }) =>
      worded(
        {
          ...question,
          ...(wording === "sql" && {
            sql: { database: "", gold: "", schema: schema ?? "", ...(knowledge && { knowledge }) },
          }),
        },
        { wording, ...(chat && { chat }) },
      ),
  }));
}

/** The task of that name, the first one for none. Throws RangeError with the nearest names. */
export function rewriteTaskNamed(tasks: readonly RewriteTask[], name = tasks[0]!.name): RewriteTask {
  const found = tasks.find((task) => task.name === name);
  if (found) return found;
  const [meant] = nearest(name, rewriteTaskNames, 1);
  const known = tasks.map((task) => task.name).join(", ");
  throw new RangeError(
    `rewrite: the task ${JSON.stringify(name.slice(0, 40))} is not one of this model's: ${known}.` +
      (meant !== undefined && meant !== name ? ` Did you mean ${meant}?` : ""),
  );
}

import type { Problem } from "../core/records";
import { type ChatFormat, type ChatFormatName, type ChatMessage, chatFormats } from "./chat";
import { questionText } from "./templates";

/** What is searched, in the words of a prompt. */
export type Wording = keyof typeof instructions;

/** How a prompt is worded where the data bring none. */
export interface WordingOptions {
  readonly wording?: Wording;
  /** "chatml" if absent; a checkpoint's own template is one, too */
  readonly chat?: ChatFormatName | ChatFormat;
  /** false: no <think>; the answer is opened instead */
  readonly reasoning?: boolean;
  /** a line of instruction and no example of the form, for small policies that learn both; false if absent */
  readonly brief?: boolean;
}

const boolean = "Use AND, OR, NOT and parentheses.";
const bagOfWords =
  "The engine weighs words (BM25); it knows no operators. Choose words that the text you look for would contain.";
const meaning =
  "The engine compares meanings (embeddings). Keep the question and add what the text you look for would say.";

/** The library's own instructions, one for each kind of engine and collection. */
const instructions = {
  publications: {
    brief: "Rewrite for PubMed.",
    expert: "a medical librarian",
    job:
      "Rewrite the question below as a Boolean query for PubMed that finds as many of the relevant studies as it " +
      "can. Think of synonyms, abbreviations, brand names and MeSH headings.",
    engine: boolean,
    sample: "(first term OR its synonym) AND (second term OR its synonym)",
  },
  trials: {
    brief: "Rewrite for ClinicalTrials.gov.",
    expert: "a clinical researcher",
    job:
      "Rewrite the question below as a query for ClinicalTrials.gov that finds as many of the relevant trials as " +
      "it can. Think of synonyms of the condition and of the treatment.",
    engine: boolean,
    sample: "(condition OR its synonym) AND (treatment OR its synonym)",
  },
  passages: {
    brief: "Find a passage.",
    expert: "a reference librarian",
    job: "Rewrite the question below as a search that finds an encyclopedia passage which answers it.",
    engine: bagOfWords,
    sample: "words of the passage",
  },
  documents: {
    brief: "Rank the documents.",
    expert: "a search expert",
    job: "Rewrite the request below as a search that ranks the relevant documents first.",
    engine: bagOfWords,
    sample: "words of the documents",
  },
  meanings: {
    brief: "Rank by meaning.",
    expert: "a search expert",
    job: "Rewrite the request below as a search that ranks the relevant documents first.",
    engine: meaning,
    sample: "the request and what an answer to it would say",
  },
  sql: {
    brief: "Write SQL.",
    expert: "a database analyst",
    job: "Write one SQLite query that answers the question below.",
    engine: "Use only tables and columns of the schema.",
    sample: "SELECT … FROM …",
  },
} as const;

/**
 * A prompt in the library's own words, up to and including the opened `<think>` (or `<answer>`, without reasoning),
 * which the scored turn begins with.
 */
export function worded(
  problem: Pick<Problem, "query" | "pico" | "sql">,
  { wording = problem.sql ? "sql" : "documents", chat = "chatml", reasoning = true, brief }: WordingOptions = {},
): string {
  const { expert, job, engine, sample, brief: line } = instructions[wording];
  const key = wording === "sql" ? "sql" : "query";
  const answer = `<answer>{"${key}": "${sample}"}</answer>`;
  const shape = reasoning
    ? "Think inside <think> </think>; then give the query as JSON inside <answer> </answer>, on one line, like " +
      `this:\n<think>\n…\n</think>\n${answer}`
    : `Give the query as JSON inside <answer> </answer>, on one line, and nothing else, like this:\n${answer}`;
  const asked = questionText(problem);
  const question = `${schemaText(problem)}Question: ${problem.pico ? `\n${asked}` : asked}`;
  const format = typeof chat === "function" ? chat : chatFormats[chat];
  const short = [line, ...(problem.sql?.schema ? [problem.sql.schema] : []), asked].join("\n");
  const messages: readonly ChatMessage[] = brief
    ? [{ role: "user", content: short }]
    : [
        { role: "system", content: `You are ${expert}.` },
        { role: "user", content: `${job} ${engine}\n${shape}\n\n${question}` },
      ];
  const turn = format(messages);
  const opening = reasoning ? "<think>" : "<answer>";
  // templates of reasoning models open <think> themselves
  return turn.trimEnd().endsWith(opening) ? turn : turn + opening;
}

function schemaText({ sql }: Pick<Problem, "sql">): string {
  if (!sql) return "";
  return `Schema:\n${sql.schema || "(not known)"}\n\n${sql.knowledge ? `Background: ${sql.knowledge}\n\n` : ""}`;
}

import type { Problem } from "../core/records";
import { type AnswerKey, formatAnswer, openedBy } from "./answer";

/** How a prompt is worded. */
export interface TemplateOptions {
  /** "brief" for small policies that were trained on it, "full" for models that need instructions */
  readonly wording?: "brief" | "full";
}

/** The part of the model's turn that the prompt contains already. The scored text begins with it. */
export const prefill = "<think>";

/**
 * What a model would write after the prompt to propose `query`: for trying a reward by hand, and for writing examples.
 */
export const completionOf = (query: string, thought = "…"): string =>
  formatAnswer(query, thought).slice(prefill.length);

const instructions = {
  brief: "Rewrite for PubMed.",
  full:
    "You are a medical librarian. Rewrite the question below as a Boolean query for PubMed that finds as many of " +
    "the relevant studies as it can. " +
    "Think about synonyms, abbreviations, brand names and MeSH headings inside <think> </think>; then give the " +
    "query as JSON inside <answer> </answer>, like this:\n<think>\n…\n</think>\n" +
    '<answer>{"query": "(first term OR its synonym) AND (second term OR its synonym)"}</answer>\n' +
    "Use AND, OR, NOT and parentheses.",
};

/** The question in its parts, a line each; a question that has none, as typed. */
export const questionText = ({ pico, query }: Pick<Problem, "pico" | "query">): string =>
  pico ? `P: ${pico.P}\nI: ${pico.I}\nC: ${pico.C}\nO: ${pico.O}` : query;

/** ChatML prompt of a publication search, up to and including the opened `<think>`. */
export function publicationPrompt(
  problem: Pick<Problem, "pico" | "query">,
  { wording = "brief" }: TemplateOptions = {},
): string {
  const turn = `${instructions[wording]}\n${questionText(problem)}`;
  return `<|im_start|>user\n${turn}<|im_end|>\n<|im_start|>assistant\n${prefill}`;
}

/**
 * What a model would write after `prompt` to propose `query`, whatever the prompt has opened: `<think>`, `<answer>` or
 * nothing.
 */
export function completionAfter(
  prompt: string,
  query: string,
  { thought = "…", key = "query" }: { readonly thought?: string; readonly key?: AnswerKey } = {},
): string {
  const turn = formatAnswer(query, thought, key);
  const opened = openedBy(prompt).trim();
  if (opened === prefill) return turn.slice(prefill.length);
  return turn.slice(turn.indexOf("<answer>") + opened.length);
}

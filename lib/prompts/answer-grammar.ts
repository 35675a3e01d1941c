import type { Grammar } from "../core/grammar";
import { answerTags, thinkTags, type AnswerKey } from "./answer";

/** Which form the turn must have. */
export interface AnswerGrammarOptions {
  /** what the prompt contains of the turn already (see openedBy): <think>, <answer> or nothing */
  readonly opened?: string;
  /** whether the turn begins with <think> where the prompt opens nothing */
  readonly reasoning?: boolean;
  /** "query" if absent */
  readonly key?: AnswerKey;
}

/**
 * The grammar of the form that parseAnswer reads, for constrained decoding: every completion of
 * `policy.generate(prompts, { grammar: answerGrammar({ opened: openedBy(prompt) }) })` is a query.
 */
export function answerGrammar({ opened = "", reasoning = true, key = "query" }: AnswerGrammarOptions = {}): Grammar {
  const tags = [...thinkTags, ...answerTags];
  const literal = (text: string) => ({ kind: "literal", text }) as const;
  const thought = { kind: "text", until: "</think>", without: tags.filter((tag) => tag !== "</think>") } as const;
  const answer = [
    literal("{"),
    literal(`"${key}"`),
    literal(":"),
    literal('"'),
    { kind: "string", without: tags } as const,
    literal("}"),
    literal("</answer>"),
  ];
  const tag = opened.trim();
  if (tag === "<answer>") return answer;
  const whole = [literal("<answer>"), ...answer];
  if (tag === "<think>") return [thought, ...whole];
  return reasoning ? [literal("<think>"), thought, ...whole] : whole;
}

import { openedBy, parseAnswer } from "../../prompts/answer";
import { answerGrammar } from "../../prompts/answer-grammar";
import { reasoningOf } from "../../prompts/reasoning";
import type { Question, RewriteTask } from "./rewrite-tasks";
import type { TextSource } from "./text-source";

/** How a question is rewritten. */
export interface RewriteSettings {
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
  /** hold the model to the form of an answer: then no completion is malformed */
  readonly wellFormed: boolean;
  readonly signal?: AbortSignal | undefined;
}

export const rewriteDefaults: RewriteSettings = { temperature: 0, maxTokens: 512, seed: 0, wellFormed: false };

/** A question and what it was rewritten to. */
export interface Rewritten {
  readonly query: string; // the question as typed where the completion holds no query
  readonly reasoning: string; // "" where the model gave none
  readonly original: string;
  readonly malformed?: string; // why the completion holds no query
  readonly timings: { readonly first_token: number; readonly rewrite: number }; // seconds
}

/**
 * Rewrites one question. Yields the reasoning in pieces while the model writes it, and returns the rewrite. A
 * completion without a query is no error: people in front of a search box get their question back, and `malformed` says
 * why. Throws SearchUnavailable for a model behind a server that is down, and Interrupted.
 */
export async function* rewriteQuestion(
  source: TextSource,
  task: RewriteTask,
  question: Question,
  { maxTokens, wellFormed, signal, ...settings }: RewriteSettings = rewriteDefaults,
): AsyncGenerator<string, Rewritten> {
  const began = performance.now();
  const seconds = () => Number(((performance.now() - began) / 1000).toFixed(6));
  const prompt = task.prompt(question);
  const opened = openedBy(prompt);
  const form = { opened, reasoning: opened.startsWith("<think>"), key: task.key };
  const room = source.room?.(prompt) ?? Infinity;
  if (room < 1) throw new RangeError(`generate: the question fills the context of ${source.name}. Shorten it.`);
  const text = source.write(prompt, {
    ...settings,
    maxTokens: Math.min(maxTokens, room),
    grammar: wellFormed ? answerGrammar(form) : undefined,
    signal,
  });
  let [turn, told] = [opened, ""];
  let first: number | undefined;
  for (;;) {
    const { done, value } = await text.next();
    first ??= seconds();
    if (done) {
      const answer = parseAnswer(opened + value.text, { reasoning: form.reasoning, key: task.key });
      return {
        query: answer.kind === "query" ? answer.query : question.query,
        reasoning: reasoningOf(opened + value.text),
        original: question.query,
        ...(answer.kind === "malformed" && { malformed: answer.why }),
        timings: { first_token: first, rewrite: seconds() },
      };
    }
    turn += value;
    // a tag that has only begun is not told
    const thought = reasoningOf(turn.replace(/<[/a-z]*$/, ""));
    if (thought.length > told.length && thought.startsWith(told)) {
      yield thought.slice(told.length);
      told = thought;
    }
  }
}

/** The rewrite alone. */
export async function rewritten(steps: AsyncGenerator<string, Rewritten>): Promise<Rewritten> {
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
  }
}

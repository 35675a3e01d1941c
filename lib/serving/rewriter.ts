import { random } from "../core/random";
import { filledText, flag, from, oneOf, seed as anySeed, whole, type Range } from "../core/ranges";
import { promptsOf } from "../core/task-outputs";
import { completionsWithin } from "../core/within-context";
import { checkOptions } from "../core/settings";
import type { Rewriter, Sampler, Task, Written } from "../core/roles";
import { openedBy, parseAnswer } from "../prompts/answer";
import { answerGrammar } from "../prompts/answer-grammar";
import { promptMismatch } from "../prompts/published-checkpoints";
import { reasoningOf } from "../prompts/reasoning";
import { endpoint } from "./rewriting/endpoint";
import { hasLessons, tokenizerOf, unknownLanguage } from "./unknown-language";

/** How a sampler rewrites. */
export interface RewriterOptions {
  /** of the system in reports; the default is the sampler's */
  readonly name?: string;
  /** the default is 0: greedy */
  readonly temperature?: number;
  /** response tokens at most; the default is the sampler's own limit */
  readonly maxTokens?: number;
  /** names the random stream of a temperature above 0 */
  readonly seed?: number;
  /** whether <think> is required; the default is true where the prompt opens it */
  readonly reasoning?: boolean;
  /** hold the sampler to the form of an answer, so that every completion is a query; a local policy can */
  readonly wellFormed?: boolean;
  /** what a malformed completion becomes: "" or the question as typed */
  readonly fallback?: "none" | "typed";
}

const optionRanges: Readonly<Record<keyof RewriterOptions, Range>> = {
  name: filledText,
  temperature: from(0),
  maxTokens: whole(1),
  seed: anySeed,
  reasoning: flag,
  wellFormed: flag,
  fallback: oneOf("none", "typed"),
};

/**
 * A sampler and a task make a rewriter: prompt, completion, query. In the place of a sampler stands the address of an
 * OpenAI-compatible server, such as `deepretrieval serve` prints ("http://127.0.0.1:8000"): its first model is asked.
 *
 * A malformed completion becomes "" by default, which an evaluation counts as finding nothing; with the
 * question as typed in its place a model that cannot write an answer would be credited with a query that
 * is not its own. People in front of a search box want that query all the same: `fallback: "typed"`.
 *
 * What the sampler wrote goes along with the queries, as `written`: an evaluation keeps it.
 *
 * A published checkpoint that is asked with another data set's prompt is told so, by a warning of the process, unless
 * it has imitated examples since it was loaded, from which it may know the prompt.
 *
 * Every problem reads a random stream named by its id, so a rewrite is the same whatever else is in the batch.
 */
export function rewriter(
  policyOrEndpoint: Sampler | string,
  task: Pick<Task, "prompt">,
  options: RewriterOptions = {},
): Rewriter {
  checkOptions("rewriter", options, optionRanges);
  const sampler = typeof policyOrEndpoint === "string" ? endpoint(policyOrEndpoint) : policyOrEndpoint;
  const {
    name = sampler.name,
    temperature = 0,
    maxTokens,
    seed = 0,
    reasoning,
    wellFormed = false,
    fallback = "none",
  } = options;
  let checked = false; // the warning about a foreign prompt is given once
  return {
    name,
    prompt: (problem) => task.prompt(problem),
    inFlight: sampler.inFlight,
    about: () => ({
      model: sampler.name,
      ...sampler.about?.(),
      temperature,
      ...(maxTokens !== undefined && { maxTokens }),
      ...(temperature > 0 && { seed }),
      ...(reasoning !== undefined && { reasoning }),
      ...(wellFormed && { wellFormed }),
      ...(fallback !== "none" && { fallback }),
    }),
    async rewrite(problems, { signal } = {}) {
      const stream = random(seed).fork("rewrite");
      const rng = {
        ...stream,
        fork: (row: string | number, ...path: readonly (string | number)[]) =>
          stream.fork(problems[Number(row)]!.id, ...path),
      };
      const prompts = promptsOf(task, problems);
      checked ||= hasLessons(sampler);
      const mismatch = checked || prompts.length === 0 ? undefined : promptMismatch(sampler.name, prompts[0]!);
      const tokenizer = checked ? undefined : tokenizerOf(sampler);
      const unknown = tokenizer && unknownLanguage(tokenizer, problems);
      if (unknown !== undefined) process.emitWarning(`${name}: ${unknown}`, "LanguageWarning");
      checked ||= prompts.length > 0;
      if (mismatch !== undefined) process.emitWarning(`${name}: ${mismatch}`, "PromptWarning");
      const forms = problems.map((problem, i) => {
        const opened = openedBy(prompts[i]!);
        return {
          opened,
          reasoning: reasoning ?? opened.startsWith("<think>"),
          key: problem.sql ? ("sql" as const) : ("query" as const),
        };
      });
      const [grammar, ...others] = wellFormed
        ? [...new Map(forms.map((form) => [JSON.stringify(form), answerGrammar(form)])).values()]
        : [];
      if (others.length)
        throw new TypeError(
          `${name}: these problems want answers of ${others.length + 1} forms. Rewrite those of each form by ` +
            "themselves, or leave wellFormed out.",
        );
      const completions = await completionsWithin(sampler, prompts, {
        temperature,
        ...(maxTokens !== undefined && { maxTokens }),
        ...(grammar && { grammar }),
        rng,
        signal,
      });
      const answers = problems.map((_, i) => {
        const { opened, ...form } = forms[i]!;
        return parseAnswer(opened + completions[i]!.text, form);
      });
      const written = answers.map((answer, i): Written => {
        const { text, finished } = completions[i]!;
        const reasoning = reasoningOf(forms[i]!.opened + text);
        return {
          completion: text,
          ...(reasoning && { reasoning }),
          ...(answer.kind === "malformed" && { why: answer.why }),
          ...(finished === false && { finished }),
        };
      });
      const queries = answers.map((answer, i) =>
        answer.kind === "query" ? answer.query : fallback === "typed" ? problems[i]!.query : "",
      );
      // a property of the list that is not one of its elements
      return Object.defineProperty(queries, "written", { value: written, enumerable: false });
    },
  };
}

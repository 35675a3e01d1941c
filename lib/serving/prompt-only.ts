import type { Rewriter, Sampler } from "../core/roles";
import { worded, type WordingOptions } from "../prompts/wording";
import { rewriter, type RewriterOptions } from "./rewriter";

/** How a model is asked that has only a prompt to go by. */
export type PromptOnlyOptions = RewriterOptions & WordingOptions;

/**
 * The baseline without training: a general model, asked with this library's full instructions for the kind of engine
 * (`wording`: "publications", "trials", "passages", "documents", "meanings", "sql"), with or without `reasoning`. The
 * difference between a trained checkpoint and this baseline is the effect of training.
 *
 * ```ts
 * const base = openAI("http://127.0.0.1:8000/v1", "Qwen/Qwen2.5-3B-Instruct");
 * const systems = [
 *   promptOnly(base, { wording: "publications" }),
 *   promptOnly(base, { wording: "publications", reasoning: false, name: "without reasoning" }),
 * ];
 * ```
 */
export function promptOnly(sampler: Sampler, options: PromptOnlyOptions = {}): Rewriter {
  const { wording, chat, ...rest } = options;
  const { name = `${sampler.name}, prompt only` } = rest;
  const put: WordingOptions = {
    ...(wording && { wording }),
    ...(chat && { chat }),
    ...(rest.reasoning !== undefined && { reasoning: rest.reasoning }),
  };
  return rewriter(sampler, { prompt: (problem) => worded(problem, put) }, { ...rest, name });
}

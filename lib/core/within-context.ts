import type { Completion } from "./records";
import type { Sampler, SamplingOptions } from "./roles";

/** What is written after a prompt that fills the model's context. */
const nothing: Completion = { text: "", tokens: [], logps: [], finished: false };

/**
 * One completion for each prompt, in order; none is asked for, and nothing comes, after prompts that fill the model's
 * context: one of them does not take the others with it. Row i reads the stream fork(i), whatever was left out.
 */
export async function completionsWithin(
  sampler: Sampler,
  prompts: readonly string[],
  options: SamplingOptions = {},
): Promise<readonly Completion[]> {
  const rows = [...prompts.keys()].filter((i) => (sampler.room?.(prompts[i]!) ?? 1) > 0);
  if (rows.length === prompts.length) return sampler.generate(prompts, options);
  const { rng } = options;
  const own = rng && {
    ...rng,
    fork: (row: string | number, ...path: readonly (string | number)[]) => rng.fork(rows[Number(row)]!, ...path),
  };
  const written = rows.length
    ? await sampler.generate(
        rows.map((i) => prompts[i]!),
        { ...options, ...(own && { rng: own }) },
      )
    : [];
  const completions = new Map(rows.map((i, place) => [i, written[place]!]));
  return prompts.map((_, i) => completions.get(i) ?? nothing);
}

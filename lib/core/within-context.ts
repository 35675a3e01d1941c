import type { Completion } from "./records";
import type { Sampler, SamplingOptions } from "./roles";

/** What is written after a prompt that fills the model's context. */
const nothing: Completion = { text: "", tokens: [], logps: [], finished: false };

/**
 * One completion for each prompt, in order. A prompt that fills the model's context is not sent and has an empty
 * completion, so the other prompts of the batch are answered. Row i always reads the stream fork(i).
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

import type { TokenDraws } from "../../backend/choose-tokens";
import type { SamplingSettings } from "./sampling-options";

/** A completion whose next tokens are drawn. */
export interface DrawnRow {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  readonly left: number; // tokens that it gets at most
  readonly ended: boolean;
  uniform(): number;
}

/** What decides on the next token of a row, besides the tokens before it. */
export type Choosing = Pick<SamplingSettings, "temperature" | "topK" | "topP" | "minP" | "repetitionPenalty">;

/**
 * How many tokens of each row are drawn at a time: at most `most`, no more than some row still gets, and none past the
 * end of the context. 0 where each token decides on how the next is chosen, or every row has ended.
 *
 * A row that ends meanwhile gets tokens that are thrown away. They change no other row: each row has a stream of random
 * numbers of its own.
 *
 * @param context the most tokens that prompt and response have together
 */
export function stepsAhead(
  most: number,
  rows: readonly (DrawnRow | undefined)[],
  { repetitionPenalty }: Choosing,
  context: number,
): number {
  const going = rows.filter((row): row is DrawnRow => row !== undefined && !row.ended);
  if (repetitionPenalty !== 1 || going.length === 0) return 0;
  const wanted = Math.max(...going.map(({ left }) => left));
  const room = Math.min(...going.map(({ prompt, tokens }) => context - prompt.length - tokens.length));
  return Math.max(0, Math.min(most, wanted, room));
}

/** The draws of `steps` tokens. Each row that has not ended gives as many numbers of its stream. */
export function drawsOf(
  rows: readonly (DrawnRow | undefined)[],
  { temperature, topK, topP, minP }: Choosing,
  steps: number,
): TokenDraws {
  const uniforms = new Float64Array(steps * rows.length);
  if (temperature > 0)
    for (let t = 0; t < steps; t++)
      for (const [b, row] of rows.entries()) if (row && !row.ended) uniforms[t * rows.length + b] = row.uniform();
  return { steps, temperature, topK, topP, minP, uniforms };
}

import type { Completion } from "../../core/records";
import { backendInUse } from "../../backend/choose";
import type { Decoder } from "../decoder/decoder-record";
import { decodingOf } from "./decoding/program-decoding";
import { rowsAtOnce } from "../memory/memory";
import { rowOf } from "./ongoing-completion";
import { samplingSettings, type GenerationOptions, type SamplingSettings } from "./sampling-options";
import { stopBegun } from "./text-stream";
import { writeRows } from "./batch-loop";

/**
 * Samples one completion for each prompt, in batches with a KV cache. Rows that have ended leave the batch once a third of
 * it is done, and prompts that wait take their places, so the tail of a batch is cheap.
 *
 * A row's text depends on its prompt, its stream and the settings. What else is in the batch, and how large it is, moves
 * its logits by rounding only (some 1e-6): a token changes where a draw or a tie falls within that.
 *
 * A row that comes to the end of the model's context is cut there (`finished: false`). Throws RangeError, before the first token
 * of any row, for a prompt that fills the context.
 */
export async function generateBatch(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  options: GenerationOptions = {},
): Promise<Completion[]> {
  const { rows, writing } = begin(decoder, prompts, samplingSettings(options));
  for await (const _ of writing);
  return rows.map((row) => row.completion());
}

/**
 * One completion in pieces of text, as it is written; the completion itself is what the generator returns. A character comes
 * when all its bytes have, and what may become a stop string when it has not. Stop iterating to stop writing.
 */
export async function* generateStream(
  decoder: Decoder,
  prompt: readonly number[],
  options: GenerationOptions = {},
): AsyncGenerator<string, Completion, void> {
  const settings = { ...samplingSettings(options), watched: true };
  const {
    rows: [row],
    writing,
  } = begin(decoder, [prompt], settings);
  let said = 0;
  for await (const _ of writing) {
    const sure = row!.text.length - (row!.ended ? 0 : stopBegun(row!.text, settings.stop));
    if (sure > said) yield row!.text.slice(said, (said = sure));
  }
  const completion = row!.completion();
  if (completion.text.length > said) yield completion.text.slice(said);
  return completion;
}

/** The rows of a generation, and the writing of them, which begins with the first step that is asked for. */
function begin(decoder: Decoder, prompts: readonly (readonly number[])[], settings: SamplingSettings) {
  const { config, tokenizer } = decoder;
  expectLengths(prompts, config.max_position_embeddings);
  const rows = prompts.map((prompt, index) =>
    rowOf(prompt, index, tokenizer, settings, config.max_position_embeddings),
  );
  const columns = Math.min(
    config.max_position_embeddings,
    Math.max(0, ...prompts.map(({ length }) => length)) + settings.maxTokens,
  );
  const batch = settings.batch ?? rowsAtOnce(config, columns, rows.length, backendInUse());
  return {
    rows,
    writing: writeRows(decodingOf(decoder, columns), rows, tokenizer.pad, {
      ...settings,
      batch,
      context: config.max_position_embeddings,
    }),
  };
}

/** Throws RangeError for a prompt that is empty, or leaves no room for a response in the model's context. */
function expectLengths(prompts: readonly (readonly number[])[], context: number): void {
  for (const [row, { length }] of prompts.entries()) {
    if (length === 0)
      throw new RangeError(
        `generate: prompt ${row} has no tokens. Begin it with the model's own beginning-of-text token.`,
      );
    if (length >= context)
      throw new RangeError(
        `generate: prompt ${row} has ${length} tokens, ${length > context ? "past" : "all of"} the model's ${context}, which leave no room for a response. Shorten the prompt.`,
      );
  }
}

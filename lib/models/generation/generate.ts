import type { Completion } from "../../core/records";
import { cardTold } from "../../backend/card-failure";
import { backendInUse } from "../../backend/choose";
import type { Decoder } from "../decoder/decoder-record";
import { decodingOf } from "./decoding/program-decoding";
import { rowsAtOnce } from "../memory/memory";
import { ongoingCompletion } from "./ongoing-completion";
import { samplingSettings, type GenerationOptions, type SamplingSettings } from "./sampling-options";
import { stopBegun } from "./text-stream";
import { generateTokens } from "./batch-loop";

/**
 * Samples one completion for each prompt, in batches with a KV cache. Completions that have ended leave the batch once
 * they are a third of it, and waiting prompts take their places.
 *
 * A completion depends on its prompt, its stream and the settings. The rest of the batch changes its logits by rounding
 * only (about 1e-6): a token changes where a draw or a tie falls within that.
 *
 * On a card up to eight tokens of each row are drawn before the host reads them, unless a grammar or a penalty needs
 * each. Draws, ends and pieces of text are the same; a signal, and a waiting prompt, wait for those eight.
 *
 * A completion that reaches the end of the model's context is cut there (`finished: false`). Throws RangeError, before
 * the first token of any completion, for a prompt that fills the context.
 */
export async function generateBatch(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  options: GenerationOptions = {},
): Promise<Completion[]> {
  const { rows, steps } = begin(decoder, prompts, samplingSettings(options));
  const waiting = new Map(rows.map((row, place) => [row, place]));
  for await (const newest of steps) {
    for (const row of newest) {
      const place = waiting.get(row);
      if (!row.ended || place === undefined) continue;
      waiting.delete(row);
      options.onCompletion?.(place, row.completion());
    }
  }
  return rows.map((row) => row.completion());
}

/**
 * Yields one completion in pieces of text while it is generated, and returns the whole completion. A character is
 * yielded when all its bytes are there. Text that may begin a stop string is yielded when it turns out not to be one. A
 * caller that stops iterating ends the generation.
 */
export async function* generateStream(
  decoder: Decoder,
  prompt: readonly number[],
  options: GenerationOptions = {},
): AsyncGenerator<string, Completion, void> {
  const settings = { ...samplingSettings(options), watched: true };
  const {
    rows: [row],
    steps,
  } = begin(decoder, [prompt], settings);
  let yielded = 0;
  for await (const _ of steps) {
    const certain = row!.text.length - (row!.ended ? 0 : stopBegun(row!.text, settings.stop));
    if (certain > yielded) yield row!.text.slice(yielded, (yielded = certain));
  }
  const completion = row!.completion();
  if (completion.text.length > yielded) yield completion.text.slice(yielded);
  return completion;
}

/** The completions of a generation and its steps. The first step starts when the caller asks for it. */
function begin(decoder: Decoder, prompts: readonly (readonly number[])[], settings: SamplingSettings) {
  const { config, tokenizer } = decoder;
  expectLengths(prompts, config.max_position_embeddings);
  const rows = prompts.map((prompt, index) =>
    ongoingCompletion(prompt, index, tokenizer, settings, config.max_position_embeddings),
  );
  const columns = Math.min(
    config.max_position_embeddings,
    Math.max(0, ...prompts.map(({ length }) => length)) + settings.maxTokens,
  );
  const batch = settings.batch ?? rowsAtOnce(config, columns, rows.length, backendInUse());
  return {
    rows,
    steps: told(
      () =>
        generateTokens(decodingOf(decoder, columns), rows, tokenizer.pad, {
          ...settings,
          batch,
          context: config.max_position_embeddings,
        }),
      batch,
    ),
  };
}

/** The steps of a generation. An error of the card says what to do. */
async function* told<T>(start: () => AsyncIterable<T>, batch: number): AsyncGenerator<T, void, undefined> {
  try {
    yield* start();
  } catch (error) {
    throw cardTold(
      error,
      "generate",
      `It generates ${batch} at once: give { batch: ${Math.max(1, Math.floor(batch / 2))} }, fewer maxTokens, or see ` +
        "what else holds memory.",
    );
  }
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
        `generate: prompt ${row} has ${length} tokens, ${length > context ? "past" : "all of"} the model's ` +
          `${context}, which leave no room for a response. Shorten the prompt.`,
      );
  }
}

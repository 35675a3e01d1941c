import { stdinRows } from "../command/stdin-rows";
import type { Policy } from "../../models/policy";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";

/** A prompt of the command line or of stdin. */
export interface Prompt {
  readonly text: string;
  readonly place: string; // where it stands, as in errors
}

/**
 * The prompt's tokens. Throws RangeError, naming its line, if there are none, or too many for the model to read and
 * write `room` more.
 */
export function idsWithin(
  idsOf: (tokenizer: Tokenizer, prompt: Prompt) => number[],
  { tokenizer, config }: Policy,
  prompt: Prompt,
  room = 0,
): number[] {
  const ids = idsOf(tokenizer, prompt);
  if (ids.length === 0)
    throw new RangeError(
      `${prompt.place} has no tokens. Begin it with the model's own beginning-of-text token, or say --special.`,
    );
  if (ids.length > config.max_position_embeddings)
    throw new RangeError(
      `${prompt.place} has ${ids.length} tokens, past the model's ${config.max_position_embeddings}. Shorten it.`,
    );
  if (ids.length + room > config.max_position_embeddings)
    throw new RangeError(
      `${prompt.place} has ${ids.length} tokens, all of the model's ${config.max_position_embeddings}, which ` +
        "leave no room for a response. Shorten it.",
    );
  return ids;
}

const form = 'Write rows {"prompt": …}, one JSON a line.';

/** The prompt that was given, or those of the rows on stdin. */
export async function* promptsOf(given: string | undefined): AsyncGenerator<Prompt> {
  if (given !== undefined) {
    yield { text: given, place: "the prompt" };
    return;
  }
  for await (const { row, line: number } of stdinRows(form)) {
    const prompt = (row as { prompt?: unknown } | null)?.prompt;
    if (typeof prompt !== "string") throw new TypeError(`line ${number} of stdin has no text "prompt". ${form}`);
    yield { text: prompt, place: `the prompt in line ${number} of stdin` };
  }
}

/** `items`, `size` at a time; the last batch may be smaller. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  const batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) yield batch.splice(0);
  }
  if (batch.length) yield batch;
}

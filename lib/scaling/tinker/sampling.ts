import { equalRuns } from "../../core/calls/equal-runs";
import { mapLimit } from "../../core/calls/limit";
import type { Completion } from "../../core/records";
import { samplingSettings, type GenerationOptions } from "../../models/generation/sampling-options";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";
import type { Sampled } from "./wire/records";
import type { DurableModel } from "./model/durable-model";
import { waitingOf } from "./model/durable-model";

/** Options that the wire has no field for, each with the value that changes nothing. */
const absent = { minP: 0, repetitionPenalty: 1, grammar: undefined } as const;

/**
 * Samples from the newest weights, one completion for each prompt. Equal prompts in a row are one request. The stream
 * of its first place gives its seed, and the server derives those of the other places from it. A token of the
 * tokenizer's `stops` ends a response; the text ends before a stop string, which is looked for here.
 *
 * Throws TypeError for an option that the wire lacks, since to ignore it would change the distribution of the text, and
 * for a tokenizer of another model; RangeError for a prompt without tokens.
 */
export async function sampled(
  model: DurableModel,
  tokenizer: Tokenizer,
  prompts: readonly string[],
  options: GenerationOptions,
  { inFlight, ...patience }: { readonly inFlight: number } & Parameters<typeof waitingOf>[0],
): Promise<Completion[]> {
  const unknown = (Object.keys(absent) as (keyof typeof absent)[]).find(
    (name) => options[name] !== undefined && options[name] !== absent[name],
  );
  if (unknown) throw new TypeError(`generate: the Tinker API has no ${unknown}. Leave it out.`);
  const { maxTokens, temperature, topK, topP, stop, rng, signal } = samplingSettings(options);
  const done = new Map<number, Completion>(); // those of a model that was lost meanwhile stay
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const waiting = waitingOf(patience, either);
  const work: Parameters<typeof model.sampling<void>>[0] = async (remote, from) => {
    const left = equalRuns(prompts).filter(({ from: place }) => !done.has(place));
    await mapLimit(left, inFlight, async ({ item: prompt, from: place, count }) => {
      const tokens = tokenizer.encode(prompt);
      if (tokens.length === 0)
        throw new RangeError(`generate: prompt ${place} has no tokens. Begin it with the beginning-of-text token.`);
      const params = {
        max_tokens: maxTokens,
        temperature,
        top_k: topK === 0 ? -1 : topK,
        top_p: topP,
        ...(temperature > 0 && { seed: rng.fork(place).below(2 ** 31) }),
        ...(tokenizer.stops.length > 0 && { stop: tokenizer.stops }),
      };
      const { sequences } = await remote.sample(from, { prompt: tokens, samples: count, params }, waiting);
      if (sequences.length !== count)
        throw new TypeError(`generate: the server returned ${sequences.length} responses to a prompt, not ${count}.`);
      sequences.forEach((sequence, i) => {
        const completion = completionOf(sequence, tokenizer, stop);
        done.set(place + i, completion);
        options.onCompletion?.(place + i, completion);
      });
    });
  };
  try {
    await model.sampling(work, signal);
  } finally {
    failed.abort(); // the open requests would be computed and not used
  }
  const written = prompts.map((_, place) => done.get(place)!);
  expectKnown(written, tokenizer);
  return written;
}

/**
 * Throws TypeError where more than one token in a hundred is beyond the tokenizer: it belongs to another model, and the
 * texts would be nonsense. A few such tokens are no error, since vocabularies are padded to a round size.
 */
function expectKnown(written: readonly Completion[], { size }: Tokenizer): void {
  const tokens = written.flatMap((completion) => completion.tokens);
  const beyond = tokens.filter((token) => token >= size);
  if (beyond.length * 100 <= tokens.length) return;
  throw new TypeError(
    `generate: the server wrote ${beyond.length} of ${tokens.length} tokens that the tokenizer does not have: ` +
      `it has ${size} ids, and one token is ${beyond[0]}. It belongs to another model. Pass that of the ` +
      "served model: { tokenizer }.",
  );
}

/** A sampled sequence as a completion: cut behind the token that completes the first stop string. */
export function completionOf(
  { tokens, logprobs, stopped }: Sampled,
  tokenizer: Tokenizer,
  stop: readonly string[],
): Completion {
  const text = tokenizer.decode(tokens);
  const begins = stop.map((each) => text.indexOf(each)).filter((at) => at >= 0);
  if (begins.length === 0) return { text, tokens, logps: logprobs, finished: stopped };
  let [low, high] = [1, tokens.length]; // of tokens up to the one that completes it
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = tokenizer.decode(tokens.slice(0, middle));
    if (stop.some((each) => part.includes(each))) high = middle;
    else low = middle + 1;
  }
  return {
    text: text.slice(0, Math.min(...begins)),
    tokens: tokens.slice(0, low),
    logps: logprobs.slice(0, low),
    finished: true,
  };
}

import type { Grammar } from "../../core/grammar";
import { random } from "../../core/random";
import type { Completion } from "../../core/records";
import type { Sampler } from "../../core/roles";
import type { ServedModel } from "../batching/served-model";

/** How a rewrite is written. */
export interface WriteOptions {
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
  readonly grammar: Grammar | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Something that continues one prompt, and tells what it writes while it does. */
export interface TextSource {
  readonly name: string;
  /** Yields pieces of the text and returns the whole. Throws as the model behind it does. */
  write(prompt: string, options: WriteOptions): AsyncGenerator<string, Completion>;
  /** Tokens that a response to `prompt` may have, where that is known. */
  room?(prompt: string): number;
}

const streamOf = (seed: number) => random(seed).fork("rewrite");

/** A model that other requests use at the same time. */
export const servedSource = ({ id, tokenizer, context, generation }: ServedModel): TextSource => ({
  name: id,
  room: (prompt) => Math.max(0, context - tokenizer.encode(prompt).length),
  async *write(prompt, { seed, grammar, signal, ...settings }) {
    const { request, news } = generation.submit(tokenizer.encode(prompt), {
      ...settings,
      rng: streamOf(seed),
      ...(grammar && { grammar }),
      ...(signal && { signal }),
      streamed: true,
    });
    let told = 0;
    try {
      while (await news()) {
        const { text } = request;
        if (text.length > told) yield text.slice(told, (told = text.length));
      }
    } finally {
      request.cancel();
    }
    return request.completion();
  },
});

/** A policy or a model behind a server: its text comes in one piece. */
export const sampledSource = (sampler: Sampler): TextSource => ({
  name: sampler.name,
  ...(sampler.room && { room: (prompt) => sampler.room!(prompt) }),
  async *write(prompt, { seed, grammar, ...settings }) {
    const [completion] = await sampler.generate([prompt], {
      ...settings,
      rng: streamOf(seed),
      ...(grammar && { grammar }),
    });
    yield completion!.text;
    return completion!;
  },
});

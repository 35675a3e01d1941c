import { random } from "../../core/random";
import {
  abortSignal,
  callable,
  above,
  anything,
  from,
  having,
  share,
  whole,
  within,
  type Range,
} from "../../core/ranges";
import { checkOptions } from "../../core/settings";
import type { SamplingOptions } from "../../core/roles";

/** How a local policy continues prompts. */
export interface GenerationOptions extends SamplingOptions {
  /** completions that are generated at once; the default is as many as memory holds; the text does not depend on it */
  readonly batch?: number;
}

/** Settings of one generation. SamplingOptions documents each. */
export const samplingDefaults = { maxTokens: 128, temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

/** The range of each number. */
export const samplingRanges: Readonly<Record<keyof typeof samplingDefaults, Range>> = {
  maxTokens: whole(1),
  temperature: from(0),
  topK: whole(0),
  topP: share,
  minP: within(0, 1),
  repetitionPenalty: above(0),
};

/** The check of each option. */
const optionRanges: Readonly<Record<keyof GenerationOptions, Range>> = {
  ...samplingRanges,
  batch: whole(1),
  stop: {
    fits: (value) => Array.isArray(value) && value.every((text) => typeof text === "string" && text !== ""),
    what: "a list of texts that are not empty",
  },
  grammar: anything,
  rng: having("a stream of random numbers, such as random(7)", "fork", "next"),
  signal: abortSignal,
  onCompletion: callable,
};

/**
 * The options with the defaults filled in. Throws RangeError or TypeError for a value that is not allowed, TypeError
 * for an unknown name.
 */
export function samplingSettings(options: GenerationOptions) {
  checkOptions("generate", options, optionRanges);
  const numbers = { ...samplingDefaults };
  for (const name of Object.keys(samplingDefaults) as (keyof typeof samplingDefaults)[])
    numbers[name] = options[name] ?? samplingDefaults[name];
  const { stop = [], batch, grammar, rng = random(0).fork("generate"), signal } = options;
  return { ...numbers, stop, batch, grammar, rng, signal };
}

export type SamplingSettings = ReturnType<typeof samplingSettings> & {
  readonly watched?: boolean; // the text is streamed
};

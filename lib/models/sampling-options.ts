import { random } from "../core/random";
import type { SamplingOptions } from "../core/roles";

/** How a local policy continues prompts. */
export interface GenerationOptions extends SamplingOptions {
  readonly batch?: number; // rows at once; as many as memory holds unless said. Which text is written does not depend on it
}

/** Settings of one generation; SamplingOptions says what each means. */
export const samplingDefaults = { maxTokens: 128, temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

type Range = readonly [fits: (value: number) => boolean, what: string];
const whole = (least: number): Range => [(value) => Number.isInteger(value) && value >= least, `a whole number from ${least}`];

/** What each setting may be. */
export const samplingRanges: Readonly<Record<keyof typeof samplingDefaults, Range>> = {
  maxTokens: whole(1),
  temperature: [(value) => value >= 0 && value < Infinity, "a number from 0"],
  topK: whole(0),
  topP: [(value) => value > 0 && value <= 1, "in (0, 1]"],
  minP: [(value) => value >= 0 && value <= 1, "in [0, 1]"],
  repetitionPenalty: [(value) => value > 0 && value < Infinity, "a number above 0"],
};

/** The options with the defaults filled in. Throws RangeError or TypeError for a value that cannot be. */
export function samplingSettings(options: GenerationOptions) {
  const numbers = { ...samplingDefaults };
  for (const [name, [fits, what]] of Object.entries(samplingRanges) as [keyof typeof samplingDefaults, Range][]) {
    const value = options[name] ?? samplingDefaults[name];
    if (typeof value !== "number" || !fits(value)) throw new RangeError(`generate: ${name} is ${JSON.stringify(value) ?? String(value)}; it must be ${what}.`);
    numbers[name] = value;
  }
  const { stop = [], batch, grammar, rng = random(0).fork("generate"), signal } = options;
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1)) throw new RangeError(`generate: batch is ${JSON.stringify(batch)}; it must be a whole number from 1.`);
  if (!Array.isArray(stop) || stop.some((text) => typeof text !== "string" || text === "")) throw new TypeError(`generate: stop is ${JSON.stringify(stop)}; it must be a list of texts that are not empty.`);
  return { ...numbers, stop: stop as readonly string[], batch, grammar, rng, signal };
}

export type SamplingSettings = ReturnType<typeof samplingSettings> & { readonly watched?: boolean }; // somebody reads the text as it grows

import { above } from "../../core/ranges";
import { checkOptions } from "../../core/settings";
import type { StepTokens } from "./tokens";

/** US dollars for a million tokens. */
export interface TokenPrices {
  readonly prefill: number; // of a prompt that is read
  readonly sample: number; // of a token that is written
  readonly train: number; // of a token that is trained on
}

/** What the hosted Tinker service asks for Qwen3-4B-Instruct-2507. Source: its price list of January 2026. */
export const tinkerPrices: TokenPrices = { prefill: 0.07, sample: 0.22, train: 0.22 };

/**
 * US dollars of `steps` steps on a service that is paid by the token. A step reads the prompts, writes the responses,
 * reads both once more for their log-probabilities, as `tinker` does, and trains on both.
 *
 * Throws RangeError for a price that is not above 0.
 */
export function hostedDollars(
  { prompt, generated, trained }: StepTokens,
  steps: number,
  prices: TokenPrices = tinkerPrices,
): number {
  checkOptions("hostedDollars", prices, { prefill: above(0), sample: above(0), train: above(0) });
  const { prefill, sample, train } = prices;
  return (steps * ((2 * prompt + generated) * prefill + generated * sample + trained * train)) / 1e6;
}

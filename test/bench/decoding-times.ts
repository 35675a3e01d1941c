import { generateTokens } from "../../lib/models/generation/batch-loop";
import type { Decoding } from "../../lib/models/generation/decoding/decoding";
import { ongoingCompletion } from "../../lib/models/generation/ongoing-completion";
import { samplingSettings } from "../../lib/models/generation/sampling-options";
import type { Policy } from "../../lib/models/policy";

/** What is timed. */
export interface Workload {
  readonly prompts: readonly (readonly number[])[];
  readonly tokens: number; // of each row, greedy, without stopping
  readonly repeats: number;
}

/** Seconds of one token a row and of all, and the tokens that were written. */
export interface DecodingTimes {
  readonly first: number[];
  readonly all: number[];
  readonly tokens: readonly (readonly number[])[];
}

/** Times `decoding` as generateBatch uses it, after one run to warm up. */
export async function decodingTimes(
  { tokenizer }: Pick<Policy, "tokenizer">,
  decoding: Decoding,
  { prompts, tokens, repeats }: Workload,
): Promise<DecodingTimes> {
  const endless = { ...tokenizer, stops: [] };
  const write = async (maxTokens: number) => {
    const settings = { ...samplingSettings({ temperature: 0, maxTokens }), batch: prompts.length };
    const rows = prompts.map((prompt, i) => ongoingCompletion(prompt, i, endless, settings));
    const began = performance.now();
    for await (const _ of generateTokens(decoding, rows, tokenizer.pad, settings));
    return { seconds: (performance.now() - began) / 1000, rows: rows.map((row) => row.tokens) };
  };
  let { rows } = await write(tokens); // to warm up
  const [first, all]: [number[], number[]] = [[], []];
  for (let i = 0; i < repeats; i++) {
    first.push((await write(1)).seconds);
    const whole = await write(tokens);
    all.push(whole.seconds);
    rows = whole.rows;
  }
  return { first, all, tokens: rows };
}

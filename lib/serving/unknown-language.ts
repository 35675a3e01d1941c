import type { Problem } from "../core/records";

/** A tokenizer, as far as it tells whether it knows a text. */
interface TextReader {
  readonly size: number; // tokens it has
  encode(text: string): readonly number[];
}

// A tokenizer of a pretrained model has 30,000 tokens or more. One with few was learnt from a text of its own.
const small = 4096;

// Characters a token, on average over the questions. With the policy that comes with this library its own questions
// have 2.4 or more (98 of 100; median 3.9), and those of SciFact and CISI 2.2 and 2.3 (medians).
const knownText = 2.4;

/**
 * Why `problems` are not in the language of a model with this tokenizer, in a sentence with a cure; undefined where
 * they are, or where the tokenizer is one of a pretrained model, which cannot tell. A small tokenizer breaks words that
 * it has not seen into single letters, and a policy that has never seen the words cannot rewrite them.
 */
export function unknownLanguage(tokenizer: TextReader, problems: readonly Problem[]): string | undefined {
  if (tokenizer.size > small || problems.length === 0) return undefined;
  const characters = problems.reduce((sum, { query }) => sum + [...query].length, 0);
  const tokens = problems.reduce((sum, { query }) => sum + tokenizer.encode(query).length, 0);
  const share = characters / Math.max(1, tokens);
  if (share >= knownText) return undefined;
  return (
    "the questions are not in the language that this policy was trained on. " +
    `Its tokenizer of ${tokenizer.size} tokens breaks them into pieces of ${share.toFixed(1)} characters ` +
    `(${knownText} or more in text that it knows). The policy ` +
    "that comes with this library knows the questions of its synthetic literature only. For real questions bring a " +
    'model that was trained on real text, such as await model("Qwen/Qwen2.5-0.5B-Instruct").'
  );
}

/** The tokenizer of a sampler, where it has one: a local policy does, a model behind a server does not. */
export function tokenizerOf(sampler: object): TextReader | undefined {
  const { tokenizer } = sampler as { readonly tokenizer?: TextReader };
  return typeof tokenizer?.encode === "function" && typeof tokenizer.size === "number" ? tokenizer : undefined;
}

/** Whether a local policy has imitated examples since it was loaded: it may know other words and prompts since then. */
export const hasLessons = (sampler: object): boolean =>
  ((sampler as { readonly lessons?: readonly string[] }).lessons ?? []).length > 0;

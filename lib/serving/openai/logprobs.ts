import type { ScoredToken } from "./choice";

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Log-probabilities as /v1/chat/completions writes them. */
export const chatLogprobs = (tokens: readonly ScoredToken[]) => ({
  content: tokens.map(({ bytes, logp, top }) => ({
    ...entry(bytes, logp),
    top_logprobs: top.map((each) => entry(each.bytes, each.logp)),
  })),
  refusal: null,
});

const entry = (bytes: Uint8Array, logprob: number) => ({ token: textOf(bytes), logprob, bytes: [...bytes] });

/**
 * Log-probabilities as /v1/completions writes them.
 *
 * @param from characters of the response before these tokens
 */
export function completionLogprobs(tokens: readonly ScoredToken[], from: number) {
  const texts = tokens.map(({ bytes }) => textOf(bytes));
  let at = from;
  return {
    tokens: texts,
    token_logprobs: tokens.map(({ logp }) => logp),
    // of two tokens with one text, which are parts of characters, the likelier one is told
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries([...top].reverse().map(({ bytes, logp }) => [textOf(bytes), logp])),
    ),
    text_offset: texts.map((text) => (at += text.length) - text.length),
  };
}

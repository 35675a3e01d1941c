import type { Decoder } from "../../../lib/models/decoder/decoder-record";

/** A decoder whose completions end at different tokens: every `n`th of the 300 of the vocabulary ends one. */
export const ending = (decoder: Decoder, n: number): Decoder => ({
  ...decoder,
  tokenizer: {
    ...decoder.tokenizer,
    stops: Array.from({ length: 300 }, (_, i) => i).filter((token) => token % n === 1),
  },
});

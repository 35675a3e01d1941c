import { finite, flag, from, having, type Range, whole, within } from "../../../core/ranges";
import { checkOptions } from "../../../core/settings";
import type { Completion } from "../../../core/records";
import type { Decoder } from "../../decoder/decoder-record";
import { ongoingCompletion } from "../ongoing-completion";
import { type GenerationOptions, type SamplingSettings, samplingSettings } from "../sampling-options";
import { stopBegun } from "../text-stream";
import type { RunningRow } from "./running-rows";
import type { TokenLogp } from "./top-logps";

/** What a request may say beside the options of a generation. */
interface OwnOptions {
  /** is subtracted from the logit of each token that the response has already */
  readonly presencePenalty?: number;
  /** is subtracted once for each time that the response has the token */
  readonly frequencyPenalty?: number;
  /** is added to the logits of tokens by id */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** log-probabilities of so many likeliest tokens at each place */
  readonly topLogps?: number;
  /** which of several responses to one prompt it is: each has a random stream of its own */
  readonly index?: number;
  /** the text is read while it is written; without it there is news at the end only */
  readonly streamed?: boolean;
}

/** How one prompt is continued in a running batch. */
export type RequestOptions = Omit<GenerationOptions, "batch" | "onCompletion"> & OwnOptions;

const ownRanges: Readonly<Record<keyof OwnOptions, Range>> = {
  presencePenalty: within(-2, 2),
  frequencyPenalty: within(-2, 2),
  logitBias: {
    fits: (value) => having("", ...[]).fits(value) && Object.entries(value as object).every(isBias),
    what: "numbers from -100 to 100 by token id",
  },
  topLogps: whole(0),
  index: from(0),
  streamed: flag,
};

const isBias = ([token, bias]: [string, unknown]): boolean =>
  /^\d+$/.test(token) && finite.fits(bias) && within(-100, 100).fits(bias);

/** A request in a running batch. */
export interface Request extends RunningRow {
  readonly settings: SamplingSettings & Required<Pick<OwnOptions, "topLogps">>;
  readonly seen: ReadonlySet<number>;
  readonly masked: boolean; // some logits are changed before a token is chosen
  /** Adds to [V] what is added to the logits. */
  mask(into: Float32Array): void;
  uniform(): number;
  take(token: number, logp: number, top?: readonly TokenLogp[]): void;
  /** Nobody waits for it any more: its place is given to another. */
  cancel(): void;
  /** The text that is certain not to be taken back. Complete where the request has ended. */
  readonly text: string;
  readonly logps: readonly number[]; // [tokens] nats
  readonly top: readonly (readonly TokenLogp[])[]; // [tokens] the likeliest ones, where they were asked for
  readonly reason: "stop" | "length" | undefined; // undefined until it has ended
  completion(): Completion;
}

/**
 * A request that has no tokens yet. Throws RangeError or TypeError for options that are not allowed, and RangeError for
 * a prompt that has no tokens or leaves no room for a response.
 */
export function requestOf(
  { config, tokenizer }: Pick<Decoder, "config" | "tokenizer">,
  prompt: readonly number[],
  options: RequestOptions,
): Request {
  const {
    presencePenalty = 0,
    frequencyPenalty = 0,
    logitBias = {},
    topLogps = 0,
    index = 0,
    streamed,
    ...rest
  } = options;
  const own = { presencePenalty, frequencyPenalty, logitBias, topLogps, index };
  checkOptions("generate", own, ownRanges);
  const context = config.max_position_embeddings;
  if (prompt.length === 0 || prompt.length >= context)
    throw new RangeError(
      `generate: the prompt has ${prompt.length} tokens; the model reads 1 to ${context - 1}, and writes behind them.`,
    );
  const settings = { ...samplingSettings(rest), watched: streamed ?? false, topLogps };
  const row = ongoingCompletion(prompt, index, tokenizer, settings, context);
  const bias = Object.entries(logitBias).filter(([token]) => Number(token) < config.vocab_size);
  const counts = presencePenalty !== 0 || frequencyPenalty !== 0 ? new Map<number, number>() : undefined;
  const top: (readonly TokenLogp[])[] = [];
  const logps: number[] = [];
  let cancelled = false;
  let complete: Completion | undefined;
  const completion = (): Completion => (row.ended ? (complete ??= row.completion()) : row.completion());
  return {
    settings,
    prompt,
    top,
    logps,
    longest: Math.min(context, prompt.length + settings.maxTokens),
    masked: row.mask !== undefined || bias.length > 0 || counts !== undefined,
    uniform: row.uniform,
    cancel: () => void (cancelled = true),
    completion,
    get tokens() {
      return row.tokens;
    },
    get left() {
      return row.left;
    },
    get seen() {
      return row.seen;
    },
    get ended() {
      return cancelled || row.ended;
    },
    get text() {
      return row.ended
        ? row.completion().text
        : row.text.slice(0, row.text.length - stopBegun(row.text, settings.stop));
    },
    get reason() {
      return row.ended ? (completion().finished ? "stop" : "length") : undefined;
    },
    mask(into) {
      row.mask?.(into);
      for (const [token, value] of bias) into[Number(token)] += value;
      for (const [token, count] of counts ?? []) into[token] -= presencePenalty + count * frequencyPenalty;
    },
    take(token, logp, likeliest) {
      if (likeliest) top.push(likeliest);
      logps.push(logp);
      counts?.set(token, (counts.get(token) ?? 0) + 1);
      row.take(token, logp);
    },
  };
}

/** One sequence of a pass, as every dialect of the wire has it. T is its length: all tokens but the last. */
export interface Datum {
  readonly tokens: readonly number[]; // [T] what the model reads
  readonly targets: readonly number[]; // [T] what it is asked for: the token after each
  readonly weights?: readonly number[]; // [T] 0 on the prompt; absent where the server has no use for them
  readonly logprobs?: readonly number[]; // [T] q of an importance weight exp(log π − q), nats
  readonly advantages?: readonly number[]; // [T] 0 on the prompt
}

/** A pass over sequences, with a gradient or without. */
export interface Pass {
  readonly modelId: string;
  readonly seqId: number; // from 1
  readonly data: readonly Datum[];
  readonly loss: string; // "cross_entropy", "importance_sampling", …
  readonly config?: Readonly<Record<string, number>>;
  readonly forwardOnly?: boolean;
}

/** What a pass came to. */
export interface PassResult {
  readonly logprobs: readonly (readonly number[])[]; // [N][T] log π of the targets, nats
  readonly losses: readonly (readonly number[])[]; // [N][T] of each token; empty where the server sends none
  readonly metrics: Readonly<Record<string, number>>; // "name:reduction"; {} from a JAX backend
}

/** One sampled sequence. T is its length. */
export interface Sampled {
  readonly tokens: readonly number[]; // [T] a stop token included
  readonly logprobs: readonly number[]; // [T] untempered, nats
  readonly stopped: boolean; // false: cut at the token limit
}

/** What sampling came to. */
export interface SampleResult {
  readonly sequences: readonly Sampled[];
  readonly promptLogprobs?: readonly number[]; // one for each prompt token but the first
}

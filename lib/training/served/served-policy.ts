import type { Sampler } from "../../core/roles";
import type { Sequence } from "../../models/decoder/batch";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";
import type { Algorithm } from "../algorithms/algorithm";
import type { Rows } from "../estimators/masked";
import type { LoopConfig } from "../loop/loop-config";

/** One optimizer step, as its gradient by the log-probabilities of the tokens. */
export interface ServedUpdate {
  readonly sequences: readonly Sequence[]; // [B]
  readonly logps: Rows; // [B][R] log π of the tokens now, nats
  readonly gradients: Rows; // [B][R] ∂L/∂log π of the loss L that is minimised, averages included
}

/** What an optimizer step needs besides its gradient. */
export interface ServedRates {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly maxNorm: number; // of the gradient; Infinity is no limit
}

/** Weights of a server that are measured and never change. */
export interface ServedReference {
  /** log π of each response token: [B][R], nats. Throws SearchUnavailable. */
  logps(sequences: readonly Sequence[], signal?: AbortSignal): Promise<number[][]>;
  dispose(): Promise<void>;
}

/**
 * A policy whose weights live on a server: it is sampled from, measured and trained there, and its rewards are computed
 * here. The training loop gives it the gradient of its loss by the log-probabilities of the tokens; the server does the
 * rest. Every method throws SearchUnavailable where the server is away longer than the policy's patience.
 */
export interface ServedPolicy extends Sampler, ServedReference {
  readonly served: true;
  /** Reading it before `ready` throws TypeError. */
  readonly tokenizer: Tokenizer;
  /** Optimizer steps since the policy began or was restored. */
  readonly updates: number;
  /** The save that the policy began with or was restored to; undefined is the untrained model. */
  readonly weights: string | undefined;
  /** Connects, if that has not been done, and reads the tokenizer. Throws RangeError for a server it does not fit. */
  ready(signal?: AbortSignal): Promise<void>;
  readonly context: number; // tokens of prompt and response that the model reads at most
  /** Tokens that a response to `prompt` may have. */
  room(prompt: string): number;
  /** Throws RangeError for an algorithm or a setting that the server cannot train, with the reason. */
  expectTrains(where: string, algorithm: Algorithm, config: LoopConfig): void;
  /** One optimizer step. Resolves to its figures. It is applied once, or not at all where this throws. */
  update(update: ServedUpdate, rates: ServedRates, signal?: AbortSignal): Promise<Record<string, number>>;
  /** The weights of a save, to be measured; undefined is the untrained model. The caller disposes of it. */
  reference(weights: string | undefined): ServedReference;
  /** Saves weights and moments on the server. Resolves to a path that `restore` takes. */
  save(name: string, signal?: AbortSignal): Promise<string>;
  restore(weights: string | undefined, signal?: AbortSignal): Promise<void>;
}

/** Whether a policy lives on a server. */
export const isServed = (policy: object): policy is ServedPolicy =>
  (policy as { readonly served?: unknown }).served === true;

import type { AdamPart, AdamRates } from "./adam";
import type { TokenChoice, TokenRequest } from "./choose-tokens";
import type { DecodeStep } from "./decode-step";
import type { tf } from "./tf";

/**
 * The computations of a decoder that more than one implementation exists for.
 *
 * `kernels()` in kernels-in-use.ts returns the implementation for the backend in use. Code above lib/backend calls it
 * and never asks which backend that is. An implementation computes what it has and inherits the rest:
 *
 *   composed/    TF.js operations, on every backend. The reference: the conformance suite compares the others with it.
 *   native-cpu/  native TensorFlow on a processor: operations of the addon, C++ beside the TypeScript that calls them.
 *   wasm/        replaces slow or missing TF.js operations under their TF.js names, so that `composed` runs on them.
 *   cuda/        native TensorFlow on NVIDIA's cards: CUDA kernels, compiled for the card that is there, and the
 *                operations of the addon that launch them.
 *
 * A file is named after its function: composed/token-logps.ts, native-cpu/token-logps/token-logps.ts.
 *
 * Axes: B sequences, T tokens of each, N = B·T rows, C hidden size, F feed-forward size, H query heads, K key/value
 * heads, D dimensions of a head, V tokens of the vocabulary. All numbers are float32 where no other type is named.
 *
 * Every function borrows its arguments. The caller owns the results, or the tidy around the call does. All functions
 * that return a tensor are differentiable by the arguments that the docstring names.
 */
export interface Kernels {
  /**
   * Root mean square norm over the last axis, x / √(mean(x²) + ε) · weight (Zhang & Sennrich 2019).
   * Differentiable by x and weight.
   *
   * @param x [N, C]
   * @param weight [C]
   * @returns [N, C]
   */
  rmsNorm(x: tf.Tensor2D, weight: tf.Tensor1D, epsilon: number): tf.Tensor2D;

  /**
   * silu(gate)·up (Shazeer 2020). Differentiable by its argument.
   *
   * @param gateUp [N, 2F] the F numbers of the gate, then those of up
   * @returns [N, F]
   */
  swiGlu(gateUp: tf.Tensor2D): tf.Tensor2D;

  /**
   * x·W, or x·Wᵀ. Differentiable by x, and by W where W is float32.
   *
   * @param x [N, in]
   * @param matrix [in, out], or [out, in] if `transposed`; float32, or bfloat16 pairs (bfloat16.ts)
   * @returns [N, out]
   */
  product(x: tf.Tensor2D, matrix: tf.Tensor2D, transposed?: boolean): tf.Tensor2D;

  /**
   * x·W + scale·(x·A)·B for a frozen W and low-rank factors (Hu et al. 2021). Differentiable by x, A and B.
   *
   * With h = scale·x·A and g = scale·dy·Bᵀ:   dx = dy·Wᵀ + g·Aᵀ,   dA = xᵀ·g,   dB = hᵀ·dy within the blocks.
   *
   * @param x [N, in]
   * @param matrix [in, out]; float32, or bfloat16 pairs
   * @returns [N, out]
   */
  lowRankProduct(x: tf.Tensor2D, matrix: tf.Tensor2D, factors: LowRankFactors, scale: number): tf.Tensor2D;

  /**
   * Rows of an embedding. Differentiable by the matrix where that is float32: the gradient [V, C] adds up the rows of
   * dy that belong to the same id.
   *
   * @param matrix [V, C]; float32, or bfloat16 pairs
   * @param ids int32 [N]
   * @returns [N, C]
   */
  embedding(matrix: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D;

  /**
   * Rotary position embedding of queries and keys (Su et al. 2021), half-split: x·cos + swap(x)·sin, where swap
   * exchanges the halves of the last axis. Differentiable by x.
   *
   * @param x [B, heads, T, D]
   * @param rotation [T, D] each, or [B, 1, T, D] where the positions of the sequences differ
   */
  rotary(x: tf.Tensor4D, rotation: Rotation): tf.Tensor4D;

  /**
   * What `causalAttention` of the same implementation needs to know of padding, in a form of the implementation's own.
   * One mask serves all layers.
   *
   * @param padding [B] pad tokens at the left of each sequence
   */
  attentionMask(padding: readonly number[], T: number, heads: AttentionHeads): tf.Tensor;

  /**
   * Causal self-attention of whole sequences with grouped queries: softmax(q·kᵀ/√D)·v over the tokens up to each token
   * (Vaswani et al. 2017; Ainslie et al. 2023). Pad tokens at the left are not attended to; a pad token attends to
   * itself. Differentiable by qkv and by the parameters.
   *
   * @param qkv [B·T, (H+2K)·D] packed projections, without the bias
   * @param rotation [T, D] of the T positions
   * @param mask from `attentionMask`
   * @returns [B·T, H·D]
   */
  causalAttention(
    qkv: tf.Tensor2D,
    parameters: AttentionParameters,
    heads: AttentionHeads,
    rotation: Rotation,
    mask: tf.Tensor,
  ): tf.Tensor2D;

  /**
   * The same attention of T new tokens over cached keys and values. Differentiable by qkv and by the parameters.
   *
   * @param qkv [B·T, (H+2K)·D] packed projections, without the bias
   * @param mask 0 and −1e9 for W columns: [1 or B, 1, 1 or H/K·T, W]
   * @param extend the keys and values to attend to, of W columns; borrows those of the T new tokens
   * @returns [B·T, H·D]
   */
  cachedAttention(
    qkv: tf.Tensor2D,
    parameters: AttentionParameters,
    heads: AttentionHeads,
    rotation: Rotation,
    mask: tf.Tensor4D,
    B: number,
    extend: (newest: KeysAndValues) => KeysAndValues,
  ): tf.Tensor2D;

  /**
   * Log-probability of a label, and entropy of the distribution over V tokens, for every row of hidden states, in nats.
   *
   * With l = hidden·headᵀ / temperature and p = softmax(l):  ∂logp/∂l = 1[label] − p,   ∂H/∂l = −p·(l − Σ p·l).
   *
   * Logits are held for a slice of the vocabulary at a time, and so is their gradient: the backward pass computes both
   * again. Differentiable by hidden, and by head if it is not frozen.
   *
   * @param hidden [N, C]
   * @param head [V, C] the output projection; float32, or bfloat16 pairs
   * @param labels int32 [N]
   * @returns [N, 2]: log-probability, entropy
   */
  tokenLogps(
    hidden: tf.Tensor2D,
    head: tf.Tensor2D,
    labels: tf.Tensor1D,
    temperature?: number,
    options?: TokenLogpsOptions,
  ): tf.Tensor2D;

  /**
   * One step of Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019) for all variables.
   * Changes the variables and their moments in place; tensors that share a variable's memory keep their numbers.
   */
  adam(parts: readonly AdamPart[], rates: AdamRates): void;

  /** Σ g² over all gradients, a scalar. */
  squaredNorm(gradients: readonly tf.Tensor[]): tf.Scalar;

  /**
   * A token for each row, by truncated sampling or greedily, and its log-probability under the policy in nats.
   *
   * @param logits [B, V]
   */
  chooseTokens(logits: tf.Tensor2D, request: TokenRequest): Promise<TokenChoice>;

  /**
   * All layers of a decoder for some new tokens, as one operation. Undefined where the implementation has none: a
   * decoder is then read layer by layer with the functions above.
   */
  readonly decodeStep: DecodeStep | undefined;

  /**
   * All layers of a decoder for whole sequences, as one operation. Undefined where the implementation has none: the
   * layers are then computed one by one with the functions above.
   */
  readonly layers: LayerStack | undefined;

  /** What the forward pass of these kernels keeps in memory for the backward pass. */
  readonly activations: ActivationCounts;
}

/** Logits that are held at once where nothing else is asked for: 128 MB of float32. */
export const mostLogits = 1 << 25;

/** Cosines and signed sines of some positions: [T, D] each, or [B, 1, T, D] where the positions of sequences differ. */
export type Rotation = { readonly cos: tf.Tensor; readonly sin: tf.Tensor };

/** Keys and values of one layer: [B, K, T, D] each, the keys rotated. */
export interface KeysAndValues {
  readonly keys: tf.Tensor4D;
  readonly values: tf.Tensor4D;
}

/**
 * A low-rank change A·B of a matrix that packs several projections. P of them are changed, with r columns of A and r
 * rows of B each, so that B is zero outside of P blocks.
 */
export interface LowRankFactors {
  readonly a: tf.Tensor2D; // [in, P·r]
  readonly b: tf.Tensor2D; // [P·r, out]
  readonly blocks?: tf.Tensor2D; // [P·r, out] 1 within the blocks, 0 elsewhere; absent where one block is all of B
}

/** Parameters of an attention layer besides its matrices. Architectures differ in which of them they have. */
export interface AttentionParameters {
  readonly qkvBias?: tf.Tensor1D; // [(H+2K)·D]
  readonly qNorm?: tf.Tensor1D; // [D] weight of the RMS norm of every query head (Qwen3)
  readonly kNorm?: tf.Tensor1D; // [D] and of every key head; present if qNorm is
}

/** The tensors of a decoder's layer. Matrices are float32, or bfloat16 pairs; then they are frozen. */
export interface LayerTensors extends AttentionParameters {
  readonly norm1: tf.Tensor1D; // [C]
  readonly qkv: tf.Tensor2D; // [C, (H+2K)·D]
  readonly out: tf.Tensor2D; // [H·D, C]
  readonly norm2: tf.Tensor1D; // [C]
  readonly gateUp: tf.Tensor2D; // [C, 2F]
  readonly down: tf.Tensor2D; // [F, C]
}

/**
 * The residual blocks of a decoder, one after the other. Differentiable by x and by the variables among the tensors.
 *
 * @param x [B·T, C]
 * @param rotation [T, D] of the T positions
 * @param mask from `attentionMask`
 * @returns [B·T, C], before the final norm
 */
export type LayerStack = (
  x: tf.Tensor2D,
  layers: readonly LayerTensors[],
  heads: AttentionHeads,
  rotation: Rotation,
  mask: tf.Tensor,
  options?: {
    /** low-rank changes of the layers' matrices, by their names */
    readonly adapter?: readonly Readonly<Partial<Record<"qkv" | "out" | "gateUp" | "down", LowRankFactors>>>[];
    readonly scale?: number; // of these changes
    readonly checkpoint?: boolean; // the backward pass computes each layer again instead of keeping its activations
  },
) => tf.Tensor2D;

/** How packed projections divide into heads, by the names of Hugging Face's configurations. */
export interface AttentionHeads {
  readonly num_attention_heads: number; // H
  readonly num_key_value_heads: number; // K
  readonly head_dim: number; // D
  readonly rms_norm_eps: number; // ε of the norms of heads
}

export interface TokenLogpsOptions {
  /** logits that are held at once, a count of numbers */
  readonly most?: number;
  /** whether no gradient by the head is wanted. The default is true for bfloat16 and false for float32 */
  readonly frozen?: boolean;
}

/**
 * Numbers that the forward pass keeps of each token of each layer, as multiples of the width of what they belong to.
 * They were counted in training steps of more than a dozen shapes, and give what those took within 10 %.
 */
export interface ActivationCounts {
  readonly width: number; // · C: the residual stream
  readonly projections: number; // · (H+2K)·D: packed queries, keys and values
  readonly attended: number; // · H·D: the output of attention
  readonly feedForward: number; // · F
  readonly scores: number; // · H·T: attention scores
  readonly lowRank?: number; // · r for each projection that has adapters; absent where the others count it
  readonly logits: number; // of the logits that are held at once, whole copies
  readonly mostLogits: number; // that are held at once
  /** what is other than this where frozen matrices of bfloat16 are multiplied with that precision */
  readonly halves?: Pick<ActivationCounts, "feedForward" | "lowRank" | "logits">;
}

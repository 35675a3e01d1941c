/** Which tokens may be drawn. */
export interface Truncation {
  /** the k likeliest tokens, and those as likely as the last of them; 0 keeps all */
  readonly topK: number;
  /** of these, the smallest set of likeliest tokens with this share of the mass, in (0, 1] (Holtzman et al. 2020) */
  readonly topP: number;
  /** of these, the tokens at least this many times as likely as the likeliest, in [0, 1] (Nguyen et al. 2024) */
  readonly minP: number;
}

/** What changes the logits before a token is drawn, in this order, which is that of transformers and of vLLM. */
export interface Warping {
  readonly seen: readonly ReadonlySet<number>[]; // [B] the tokens that the penalty falls on; empty where there is none
  /** θ: the logits l of seen tokens become l / θ where l > 0, else l·θ (Keskar et al. 2019) */
  readonly repetitionPenalty: number;
  readonly mask?: Float32Array | undefined; // [B·V] 0, and −1e9 for a token that may not come
  readonly temperature: number; // 0: the likeliest token is chosen
}

/** How a token is chosen for each of B rows. */
export interface TokenRequest extends Truncation, Warping {
  readonly uniforms: readonly number[]; // [B] one number in [0, 1) for each row; unused at temperature 0
  /** [B] false where a row needs no token: its results are undefined. Absent where all rows need one */
  readonly wanted?: readonly boolean[];
}

/** A token for each of B rows, and its log-probability in nats under the policy: the distribution before any change. */
export interface TokenChoice {
  readonly tokens: Int32Array; // [B]
  readonly logps: ArrayLike<number>; // [B] NaN where the logits are no numbers
}

/** How the next k tokens of each of B rows are drawn, where nothing but the tokens before them decides on them. */
export interface TokenDraws extends Truncation {
  readonly steps: number; // k
  readonly temperature: number; // 0: the likeliest token is chosen
  readonly uniforms: Float64Array; // [k·B] in [0, 1), one token of all rows after the other; unused at temperature 0
}

/** k tokens of each of B rows, one of all rows after the other, and their log-probabilities as in TokenChoice. */
export interface DrawnTokens {
  readonly tokens: Int32Array; // [k·B]
  readonly logps: ArrayLike<number>; // [k·B]
}

/**
 * The servers of the Tinker API that are known here, and in what they differ. `tinker` finds out which one answers, or
 * is told by its option `server`.
 */
export interface ServerKind {
  readonly title: string; // for errors
  readonly wire: "protobuf" | "json"; // of passes and their results
  readonly sdkVersion: string; // of the official client that the server was made for
  /**
   * How the gradient of a step follows from the losses of tokens. "sum": their sum. "mean": the mean over sequences of
   * Σ loss / Σ weights, which a JAX backend computes.
   */
  readonly normalisation: "sum" | "mean";
  readonly weights: boolean; // whether losses of reinforcement learning take weights; without any, prompts would count
  readonly loads: "first" | "anytime"; // when load_weights is allowed: as a model's first request, or later too
  /** Whether sampling an older save would overwrite the weights that are trained: such a save is never sampled. */
  readonly newestOnly: boolean;
  readonly clipsGradients: boolean; // whether optim_step heeds grad_clip_norm
}

export const serverKinds = {
  skyrl: {
    title: "skyrl 0.4.0",
    wire: "protobuf",
    sdkVersion: "0.25.0",
    normalisation: "mean",
    weights: true,
    loads: "first",
    newestOnly: true,
    clipsGradients: false,
  },
  "skyrl-tx": {
    title: "skyrl-tx 0.3.0",
    wire: "json",
    sdkVersion: "0.9.0",
    normalisation: "mean",
    weights: true,
    loads: "anytime",
    newestOnly: true,
    clipsGradients: false,
  },
  hosted: {
    title: "the hosted service (SDK 0.25 to 0.38)",
    wire: "protobuf",
    sdkVersion: "0.38.0",
    normalisation: "sum",
    weights: false,
    loads: "first",
    newestOnly: false,
    clipsGradients: true,
  },
} as const satisfies Readonly<Record<string, ServerKind>>;

export type ServerName = keyof typeof serverKinds;

/** The supported servers in words, for errors. */
export const supported = Object.values(serverKinds)
  .map(({ title }) => title)
  .join(", ");

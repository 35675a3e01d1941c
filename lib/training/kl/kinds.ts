import { sameShape } from "../../core/shapes";
import { tf } from "../../backend/tf";
import { shapeOf, type Rows } from "../estimators/masked";
import { constant } from "../losses/ratio";

/** Estimators of KL(π‖π_ref) from one token (Schulman 2020, "Approximating KL divergence"). */
export const klKinds = ["k1", "abs", "k2", "k3"] as const;
/** The estimators of the KL divergence, by the names of Schulman and verl. */
export type KLKind = (typeof klKinds)[number];

/** A kind for the loss: with "+" it has the value of its kind and the gradient of k2, as verl's kl_penalty does. */
export type KLLossKind = KLKind | `${KLKind}+`;

/** verl's other names of the same kinds. */
export const klAliases = {
  kl: "k1",
  mse: "k2",
  low_var_kl: "k3",
} as const satisfies Readonly<Record<string, KLKind>>;

/** Bounds that keep k3 finite. */
export interface KLBounds {
  readonly ratio: number; // of |log π_ref − log π| before its exponential is taken; nats
  readonly value: number; // of the estimate afterwards
  readonly everyKind?: boolean; // true: `value` bounds the other kinds too, as in OpenRLHF
}

/** verl's since 0.2. */
export const verlBounds: KLBounds = { ratio: 20, value: 10 };

/** `value` as it applies to a kind. */
const valueBound = (kind: KLKind, { value, everyKind = false }: KLBounds): number =>
  kind === "k3" || everyKind ? value : Infinity;

const held = (value: number, bound: number): number => Math.min(Math.max(value, -bound), bound);

/** The estimate of one token from d = log π − log π_ref. */
const ofToken: Readonly<Record<KLKind, (d: number, ratioBound: number) => number>> = {
  k1: (d) => d, // unbiased; may be negative
  abs: (d) => Math.abs(d),
  k2: (d) => (d * d) / 2, // biased, low variance; its gradient is that of the KL
  k3: (d, ratioBound) => {
    const k = held(-d, ratioBound);
    return Math.exp(k) - k - 1; // unbiased, never negative
  },
};

/**
 * The estimate at each token, for a penalty in the reward: [B][R], nats.
 *
 *   k1: d,   abs: |d|,   k2: ½d²,   k3: e^{−d} + d − 1,        d = log π − log π_ref
 *
 * @param logps [B][R] log-probabilities under the policy that sampled the tokens, nats
 * @param reference [B][R] the same under the reference policy
 */
export function klOf(kind: KLKind, logps: Rows, reference: Rows, bounds: KLBounds = verlBounds): number[][] {
  sameShape("klOf", "[B, R]", { logps: shapeOf(logps), reference: shapeOf(reference) });
  const bound = valueBound(kind, bounds);
  const estimate = (d: number) => held(ofToken[kind](d, bounds.ratio), bound);
  return logps.map((row, b) => row.map((logp, t) => estimate(logp - reference[b]![t]!)));
}

/**
 * As ofToken, on tensors. |d| is relu(d) + relu(−d): the gradient of tf.abs at 0 is −1, and it must be 0 where π is
 * π_ref.
 */
const ofTensor: Readonly<Record<KLKind, (d: tf.Tensor2D, ratioBound: number) => tf.Tensor>> = {
  k1: (d) => d,
  abs: (d) => tf.add(tf.relu(d), tf.relu(tf.neg(d))),
  k2: (d) => tf.div(tf.square(d), 2),
  k3: (d, ratioBound) => {
    const k = heldTensor(tf.neg(d), ratioBound);
    return tf.sub(tf.sub(tf.exp(k), k), 1);
  },
};

const heldTensor = (values: tf.Tensor, bound: number): tf.Tensor =>
  bound === Infinity ? values : tf.clipByValue(values, -bound, bound);

/**
 * The estimate at each token, for a penalty in the loss: [B, R], nats, owned by the caller.
 *
 * The gradient of k1 has mean 0 under the policy: as a loss it teaches nothing. "k1+", "abs+" and "k3+" have the value
 * of their kind and the gradient of k2, which is d·∇log π: the gradient of the KL divergence itself (verl's
 * straight-through variants).
 *
 * @param logps [B, R] under the policy being trained: gradients flow here only
 * @param reference [B, R]
 */
export function klLoss(
  kind: KLLossKind,
  { logps, reference }: Record<"logps" | "reference", tf.Tensor2D>,
  bounds: KLBounds = verlBounds,
): tf.Tensor2D {
  sameShape("klLoss", "[B, R]", { logps, reference });
  const through = kind.endsWith("+");
  const base = (through ? kind.slice(0, -1) : kind) as KLKind;
  return tf.tidy(() => {
    const difference = tf.sub(logps, reference) as tf.Tensor2D;
    const estimate = () => heldTensor(ofTensor[base](difference, bounds.ratio), valueBound(base, bounds));
    if (!through) return estimate() as tf.Tensor2D;
    const k2 = ofTensor.k2(difference, Infinity);
    return tf.add(
      k2,
      constant(() => tf.sub(estimate(), k2)),
    ) as tf.Tensor2D;
  });
}

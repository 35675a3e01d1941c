import { tf } from "../../backend/tf";
import { aggregate } from "./aggregate";
import { detached, maskedMean } from "./masked-mean";
import { readTensors, type PolicyLoss, type PolicyLossInput, type PolicyLossOptions } from "./policy-loss-input";
import { constant, logRatio } from "./ratio";

/** Settings of the divergence bound. */
export interface DivergenceOptions extends PolicyLossOptions {
  readonly divergence?: "tv" | "kl"; // of "this token or another"; "tv" by default
}

/**
 * Divergence proximal policy optimisation (Qi et al. 2026, DPPO, eq. 11 and 12), as verl's "dppo_tv" and "dppo_kl": a
 * token stops teaching when its probability has moved far, not when its ratio has. A ratio of 2 is far for a likely
 * token and near for a rare one.
 *
 *   L = E[−M·sg[min(ρ, c)]·Â·log π]
 *
 *   tv: M = 1 where π − π_old ≤ ε_high (Â > 0), or π_old − π ≤ ε (else)
 *   kl: M = 1 where KL ≤ ε_high or π ≤ π_old (Â > 0), or KL ≤ ε or π ≥ π_old (else),
 *       KL = π_old·log(π_old/π) + (1 − π_old)·log((1 − π_old)/(1 − π))
 *
 * c is `dualClip`. `clipFraction` is the share of tokens with M = 0; `lowerClipFraction` that of the others whose ratio
 * c has cut.
 */
export function divergencePolicyLoss(
  input: PolicyLossInput,
  {
    clip = 0.2,
    clipHigh = clip,
    dualClip = 3,
    ratioBound = 20,
    divergence = "tv",
    ...aggregation
  }: DivergenceOptions = {},
): PolicyLoss {
  return tf.tidy(() => {
    const { logps, oldLogps, advantages, mask, weigh } = readTensors("divergencePolicyLoss", input);
    const difference = constant(() => logRatio(logps, oldLogps, ratioBound));
    const ratio = tf.exp(difference);
    const within = constant(() => {
      const positive = tf.greater(advantages, 0);
      const [high, low] = (divergence === "tv" ? variation : binaryKL)(logps, oldLogps);
      // Of numbers: the wasm backend writes past the end of a tensor of booleans that it selects from.
      const [risen, fallen] = [tf.lessEqual(high, clipHigh), tf.lessEqual(low, clip)].map((held) =>
        tf.cast(held, "float32"),
      );
      return tf.where(positive, risen!, fallen!) as tf.Tensor2D;
    });
    const held = constant(() => tf.minimum(ratio, dualClip));
    const losses = tf.neg(tf.mul(tf.mul(tf.mul(within, held), advantages), logps));
    return {
      loss: aggregate(weigh(losses), mask, aggregation),
      clipFraction: detached(() => maskedMean(tf.sub(1, within), mask)),
      lowerClipFraction: detached(() =>
        maskedMean(tf.mul(tf.cast(tf.greater(ratio, dualClip), "float32"), within), mask),
      ),
      kl: detached(() => maskedMean(tf.neg(difference), mask)),
    };
  });
}

/** How far a token has become likelier, and how far less likely. */
function variation(logps: tf.Tensor, oldLogps: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const risen = tf.sub(tf.exp(logps), tf.exp(oldLogps));
  return [risen, tf.neg(risen)];
}

/** The binary KL divergence where a token has become likelier, else 0; and where it has become less likely, else 0. */
function binaryKL(logps: tf.Tensor, oldLogps: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const [now, before] = [tf.exp(logps), tf.exp(oldLogps)];
  const rest = (p: tf.Tensor) => tf.add(tf.sub(1, p), 1e-8);
  const kl = tf.add(
    tf.mul(before, tf.sub(oldLogps, logps)),
    tf.mul(tf.sub(1, before), tf.log(tf.div(rest(before), rest(now)))),
  );
  const none = tf.zerosLike(kl);
  return [tf.where(tf.greater(now, before), kl, none), tf.where(tf.less(now, before), kl, none)];
}

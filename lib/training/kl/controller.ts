import { above, from, whole } from "../../core/ranges";
import { checkOptions } from "../../core/settings";

/**
 * How the coefficient β of the KL penalty changes during a run. A plain record: a checkpoint holds its `coefficient`.
 */
export type KLController =
  | { readonly kind: "fixed"; readonly coefficient: number }
  | {
      readonly kind: "adaptive";
      readonly coefficient: number; // β now
      readonly target: number; // KL that it steers to, nats a token (the mean that penalise returns)
      readonly horizon: number; // sequences over which an error of one clip is made good
    };

/** β stays as it is. */
export function fixedKL(coefficient: number): KLController {
  checkOptions("fixedKL", { coefficient }, { coefficient: from(0) });
  return { kind: "fixed", coefficient };
}

/**
 * β follows the divergence (Ziegler et al. 2019, §2.2). `start` is its first value; it must be above 0, because β is
 * multiplied.
 */
export function adaptiveKL(start: number, { target = 6, horizon = 10_000 } = {}): KLController {
  checkOptions("adaptiveKL", { start, target, horizon }, { start: above(0), target: above(0), horizon: whole(1) });
  return { kind: "adaptive", coefficient: start, target, horizon };
}

/**
 * The controller after a step, as verl's AdaptiveKLController:
 *
 *   β ← β·(1 + clip(KL/target − 1, ±0.2)·n/horizon)
 *
 * A KL that is not finite leaves β unchanged.
 *
 * @param kl of the step, as penalise returns it
 * @param sequences n, sequences of the step
 */
export function afterStep(controller: KLController, kl: number, sequences: number): KLController {
  if (controller.kind === "fixed" || !Number.isFinite(kl)) return controller;
  const error = Math.min(Math.max(kl / controller.target - 1, -0.2), 0.2);
  return { ...controller, coefficient: controller.coefficient * (1 + (error * sequences) / controller.horizon) };
}

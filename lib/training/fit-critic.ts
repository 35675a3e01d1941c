import { throwIfAborted } from "../core/errors";
import { random, type Random } from "../core/random";
import { settings } from "../core/settings";
import { tf } from "../models/backend/tf";
import { breathe } from "../models/breathe";
import type { Critic } from "../models/critic";
import type { Policy } from "../models/policy";
import { explainedVariance } from "./advantages";
import { valueLoss } from "./losses";
import { adamW } from "./optimizer";
import { learningRateAt } from "./schedule";
import type { Example } from "./sft";

/** A response with what it earned. */
export interface ScoredExample extends Example {
  readonly reward: number;
}

/** Settings of a critic's cold start. */
export const fitCriticDefaults = {
  steps: 100,
  batchSize: 64,
  learningRate: 1e-3, // peak
  warmup: 10, // steps
  finalLearningRate: 0.1, // of the peak, at the last step
  seed: 0,
};

/** How well the critic predicted a batch before it learned from it. */
export interface CriticStep {
  readonly step: number;
  readonly "critic/vf_loss": number;
  readonly "critic/vf_explained_var": number;
  readonly "critic/grad_norm": number;
}

/**
 * Teaches a critic, before any reinforcement, to foretell the reward of a response from each of its prefixes.
 * Scored responses are cheap where no model has to write them, and a critic that starts blind costs PPO its
 * first hundred steps.
 */
export async function* fitCritic(
  critic: Critic,
  policy: Policy,
  examples: (rng: Random) => Promise<ScoredExample>,
  overrides: Partial<typeof fitCriticDefaults> & { signal?: AbortSignal } = {},
): AsyncGenerator<CriticStep, void> {
  const { signal, ...given } = overrides;
  const { steps, batchSize, learningRate: peak, warmup, finalLearningRate: final, seed } = settings("fitCritic", fitCriticDefaults, given);
  const { tokenizer } = policy;
  const optimizer = adamW(critic.variables);
  try {
    for (let step = 1; step <= steps; step++) {
      throwIfAborted(signal, "fitCritic");
      const scored = await Promise.all(Array.from({ length: batchSize }, (_, i) => examples(random(seed).fork("critic", step, i))));
      const batch = policy.batch(scored.map(({ prompt, response }) => ({ prompt: tokenizer.encode(prompt), response: [...tokenizer.encode(response), tokenizer.eos] })));
      const mask = batch.responseMask.arraySync();
      const returns = scored.map(({ reward }, b) => mask[b]!.map(() => reward)); // γ = λ = 1 and no KL yet
      const targets = tf.tensor2d(returns);
      let values: tf.Tensor2D | undefined;
      try {
        const { loss, gradNorm } = optimizer.minimise(() => {
          values = tf.keep(critic.values(batch));
          const { loss, clipFraction } = valueLoss({ values, oldValues: values, returns: targets, mask: batch.responseMask }, { clip: 1e6 });
          clipFraction.dispose();
          return loss;
        }, learningRateAt(step, { peak, total: steps, warmup, final }));
        yield { step, "critic/vf_loss": loss, "critic/vf_explained_var": explainedVariance(returns, values!.arraySync(), mask), "critic/grad_norm": gradNorm };
      } finally {
        tf.dispose([targets, ...(values ? [values] : [])]);
        batch.dispose();
      }
      await breathe();
    }
  } finally {
    optimizer.dispose();
  }
}

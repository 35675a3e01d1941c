import { runOf, type Run } from "../../core/run";
import { throwIfAborted } from "../../core/errors";
import { random, type Random } from "../../core/random";
import type { Range } from "../../core/ranges";
import { settings, shown } from "../../core/settings";
import { tf } from "../../backend/tf";
import { yieldToEventLoop } from "../../models/generation/event-loop";
import type { Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import { explainedVariance } from "../estimators/explained-variance";
import { exampleRanges } from "./example-ranges";
import { valueLoss } from "../losses/value-loss";
import { microBatches } from "../loop/batches/micro-batches";
import { adamW } from "../optimizer";
import { learningRateAt } from "../loop/schedule";
import { checkedExample, expectSource, sequenceWithin, type Example } from "./sft";

/** A response and its reward. */
export interface ScoredExample extends Example {
  readonly reward: number;
}

/** Settings of a critic's training before PPO. */
export const fitCriticDefaults = {
  steps: 100,
  batchSize: 64,
  /** responses in memory at once, if those of a step are too many; 0 is all. The result does not depend on it */
  microBatch: 0,
  /** compute activations again in the backward pass: less memory, 25 % to 50 % more time */
  checkpoint: false,
  /** largest learning rate */
  learningRate: 1e-3,
  /** warm-up steps */
  warmup: 10,
  /** learning rate at the last step, as a share of the largest */
  finalLearningRate: 0.1,
  seed: 0,
};

/** The range of each number. */
const fitCriticRanges: Readonly<Record<keyof typeof fitCriticDefaults, Range>> = {
  ...exampleRanges,
};

/** How well the critic predicted a batch before the step on it. */
export interface CriticStep {
  readonly step: number;
  readonly "critic/vf_loss": number;
  readonly "critic/vf_explained_var": number;
  readonly "critic/grad_norm": number;
}

/**
 * Trains a critic, before reinforcement learning, to predict the reward of a response from each of its prefixes. Scored
 * responses are cheap if no model has to generate them, and an untrained critic costs PPO its first hundred steps.
 */
export const fitCritic = (
  critic: Critic,
  policy: Policy,
  examples: (rng: Random) => Promise<ScoredExample>,
  options: FitCriticOptions = {},
): Run<CriticStep> => runOf(criticSteps(critic, policy, examples, options), options?.steps ?? fitCriticDefaults.steps);

type FitCriticOptions = Partial<typeof fitCriticDefaults> & { signal?: AbortSignal | undefined };

async function* criticSteps(
  critic: Critic,
  policy: Policy,
  examples: (rng: Random) => Promise<ScoredExample>,
  overrides: FitCriticOptions,
): AsyncGenerator<CriticStep, void> {
  const { signal, ...given } = overrides;
  const {
    steps,
    batchSize,
    microBatch,
    checkpoint,
    learningRate: peak,
    warmup,
    finalLearningRate: final,
    seed,
  } = settings("fitCritic", fitCriticDefaults, given, fitCriticRanges, ["signal"]);
  expectSource("fitCritic", examples);
  const { tokenizer } = policy;
  const optimizer = adamW(critic.variables);
  try {
    for (let step = 1; step <= steps; step++) {
      throwIfAborted(signal, "fitCritic");
      const scored = await Promise.all(
        Array.from({ length: batchSize }, async (_, i) => {
          const which = `${i} of step ${step}`;
          const example = checkedExample("fitCritic", which, await examples(random(seed).fork("critic", step, i)));
          if (Number.isFinite(example.reward)) return example;
          throw new (typeof example.reward === "number" ? RangeError : TypeError)(
            `fitCritic: the reward of example ${which} is ${shown("reward", example.reward)}; it must be a finite ` +
              "number.",
          );
        }),
      );
      const parts = microBatches(
        policy,
        scored.map(({ prompt, response }, i) =>
          sequenceWithin("fitCritic", `${i} of step ${step}`, policy, {
            prompt: tokenizer.encode(prompt),
            response: [...tokenizer.encode(response), tokenizer.eos],
          }),
        ),
        microBatch,
      );
      const mask = parts.flatMap(({ batch }) => batch.responseMask.arraySync());
      const returns = mask.map((row, b) => row.map(() => scored[b]!.reward)); // γ = λ = 1 and no KL yet
      const values: number[][] = []; // predictions before the step
      try {
        const { loss, gradNorm } = optimizer.minimise(
          parts.map(
            ({ batch, share, rows }) =>
              () =>
                tf.tidy(() => {
                  const predicted = critic.values(batch, { checkpoint });
                  values.push(...predicted.arraySync());
                  const { loss, clipFraction } = valueLoss(
                    { values: predicted, oldValues: predicted, returns: rows(returns), mask: batch.responseMask },
                    { clip: 1e6 },
                  );
                  clipFraction.dispose(); // nothing is clipped
                  return tf.mul(loss, share) as tf.Scalar;
                }),
          ),
          learningRateAt(step, { peak, total: steps, warmup, final }),
        );
        yield {
          step,
          "critic/vf_loss": loss,
          "critic/vf_explained_var": explainedVariance(returns, values, mask),
          "critic/grad_norm": gradNorm,
        };
      } finally {
        parts.forEach(({ batch }) => batch.dispose());
      }
      await yieldToEventLoop();
    }
  } finally {
    optimizer.dispose();
  }
}

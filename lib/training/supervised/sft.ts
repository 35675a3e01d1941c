import { throwIfAborted } from "../../core/errors";
import { random, type Random } from "../../core/random";
import { decay, within, type Range } from "../../core/ranges";
import { settings, shown } from "../../core/settings";
import { runOf, type Run } from "../../core/run";
import { cardTold } from "../../backend/card-failure";
import { tf } from "../../backend/tf";
import type { Sequence } from "../../models/decoder/batch";
import { yieldToEventLoop } from "../../models/generation/event-loop";
import type { Policy } from "../../models/policy";
import { exampleRanges } from "./example-ranges";
import { maskedMean } from "../losses/masked-mean";
import { microBatches } from "../loop/batches/micro-batches";
import { adamW } from "../optimizer";
import { learningRateAt } from "../loop/schedule";

/** A prompt and the response to imitate, without its end-of-text token. */
export interface Example {
  readonly prompt: string;
  readonly response: string;
}

/**
 * Returns `example`. Throws TypeError if it lacks its texts, RangeError if the prompt is empty. `which` names the
 * example in errors.
 */
export function checkedExample<T extends Example>(where: string, which: string, example: T): T {
  const { prompt, response } = (example ?? {}) as Partial<Example>;
  for (const [name, value] of Object.entries({ prompt, response })) {
    if (typeof value !== "string")
      throw new TypeError(`${where}: the ${name} of example ${which} is ${shown(name, value)}; it must be a text.`);
  }
  if (prompt === "")
    throw new RangeError(`${where}: the prompt of example ${which} is empty. A model needs a text to go on from.`);
  return example;
}

/**
 * A sequence whose response is cut at the end of the model's context, since its beginning is still worth imitating.
 * Throws RangeError for a prompt that leaves no room.
 */
export function sequenceWithin(
  where: string,
  which: string,
  { config }: Pick<Policy, "config">,
  { prompt, response }: Sequence,
): Sequence {
  const context = config.max_position_embeddings;
  if (prompt.length >= context)
    throw new RangeError(
      `${where}: the prompt of example ${which} has ${prompt.length} tokens; the model's context is ${context}, ` +
        "which leaves no room for a response. Shorten it, or leave the example out.",
    );
  return { prompt, response: response.slice(0, context - prompt.length) };
}

/** Throws TypeError for a list of examples, which other libraries expect. */
export function expectSource(where: string, examples: unknown): void {
  if (typeof examples !== "function")
    throw new TypeError(
      `${where}: examples are ${Array.isArray(examples) ? "a list" : shown("examples", examples)}; they must be a ` +
        "function that draws one, such as (rng) => rng.pick(list).",
    );
}

/** Settings of supervised fine-tuning of the small policy from scratch. */
export const sftDefaults = {
  /** optimizer steps */
  steps: 300,
  /** examples a step */
  batchSize: 64,
  /** examples in memory at once, if those of a step are too many; 0 is all. The result does not depend on it */
  microBatch: 0,
  /** compute activations again in the backward pass: less memory, 25 % to 50 % more time */
  checkpoint: false,
  /** largest learning rate */
  learningRate: 2e-3,
  /** warm-up steps */
  warmup: 20,
  /** share of the steps after which the learning rate falls */
  decayFrom: 0.6,
  /** learning rate at the last step, as a share of the largest */
  finalLearningRate: 0.05,
  /** β₂ of Adam, smaller than usual because the run is short */
  beta2: 0.98,
  /** seed of every random stream of the run */
  seed: 0,
};
/** Settings of `sft`. */
export type SftConfig = typeof sftDefaults;

/** The range of each number. */
const sftRanges: Readonly<Record<keyof SftConfig, Range>> = {
  ...exampleRanges,
  decayFrom: within(0, 1),
  beta2: decay,
};

/** Metrics of one step of supervised fine-tuning, under verl's names. */
export interface SftStep {
  readonly step: number;
  readonly "train/loss": number; // nats a response token
  readonly "train/grad_norm": number;
  readonly "train/lr": number;
  readonly "perf/total_num_tokens": number; // without padding
}

/**
 * Trains `policy` in place to imitate the responses of `examples`: cross-entropy over response tokens. A new example is
 * drawn for every sequence of every batch, so the source may be endless. Stop iterating to stop. A response that
 * exceeds the model's context is cut there.
 */
export const sft = (
  policy: Policy,
  examples: (rng: Random) => Example,
  options: Partial<SftConfig> & { signal?: AbortSignal | undefined } = {},
): Run<SftStep> => runOf(sftSteps(policy, examples, options), options?.steps ?? sftDefaults.steps);

async function* sftSteps(
  policy: Policy,
  examples: (rng: Random) => Example,
  overrides: Partial<SftConfig> & { signal?: AbortSignal | undefined },
): AsyncGenerator<SftStep, void> {
  const { signal, ...given } = overrides;
  const config = settings("sft", sftDefaults, given, sftRanges, ["signal"]);
  const {
    steps,
    batchSize,
    microBatch,
    checkpoint,
    seed,
    learningRate: peak,
    warmup,
    decayFrom,
    finalLearningRate: final,
    beta2,
  } = config;
  expectSource("sft", examples);
  const { tokenizer } = policy;
  const optimizer = adamW(policy.variables, { beta2, weightDecay: 0 });
  try {
    for (let step = 1; step <= steps; step++) {
      throwIfAborted(signal, "sft");
      const sequences = Array.from({ length: batchSize }, (_, i) => {
        const { prompt, response } = checkedExample(
          "sft",
          `${i} of step ${step}`,
          examples(random(seed).fork("sft", step, i)),
        );
        return sequenceWithin("sft", `${i} of step ${step}`, policy, {
          prompt: tokenizer.encode(prompt),
          response: [...tokenizer.encode(response), tokenizer.eos],
        });
      });
      const parts = microBatches(policy, sequences, microBatch);
      const rate = learningRateAt(step, { peak, total: steps, warmup, decayFrom, final });
      try {
        const { loss, gradNorm } = optimizer.minimise(
          parts.map(
            ({ batch, share }) =>
              () =>
                tf.tidy(
                  () =>
                    tf.mul(
                      maskedMean(policy.tokenLogps(batch, 1, { checkpoint }).logps, batch.responseMask),
                      -share,
                    ) as tf.Scalar,
                ),
          ),
          rate,
        );
        if (step === 1) policy.lessons.push(`sft of ${steps} steps, seed ${seed}`);
        const tokens = sequences.reduce((sum, { prompt, response }) => sum + prompt.length + response.length, 0);
        yield {
          step,
          "train/loss": loss,
          "train/grad_norm": gradNorm,
          "train/lr": rate,
          "perf/total_num_tokens": tokens,
        };
      } catch (error) {
        throw cardTold(
          error,
          `sft, step ${step}`,
          `It updates with ${microBatch || batchSize} examples at once: give a smaller microBatch, ` +
            "{ checkpoint: true }, or train adapters, policy.adapt().",
        );
      } finally {
        parts.forEach(({ batch }) => batch.dispose());
      }
      await yieldToEventLoop();
    }
  } finally {
    optimizer.dispose();
  }
}

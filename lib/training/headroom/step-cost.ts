import { backendInUse } from "../../backend/choose";
import { tf } from "../../backend/tf";
import { loadingOf, trainingEstimate } from "../../models/memory/training-memory";
import type { Sequence } from "../../models/decoder/batch";
import type { Policy } from "../../models/policy";

/** The expected cost of a training step, measured on this machine. The update's time is derived from a forward pass. */
export interface StepCost {
  readonly responses: number; // of the step that is meant
  readonly seconds: {
    readonly generate: number;
    readonly reward: number;
    readonly update: number; // forward passes of the reference and the policy, and the backward pass
    readonly step: number; // their sum, without a critic, which costs one more update
  };
  readonly bytes: number; // memory of the policy's update, at its height
}

/** Sequences that the forward pass is measured on. */
const measuredSequences = 8;

/** A backward pass takes twice a forward pass; the reference takes one more. */
const passes = 4;

/**
 * @param sampled how long all of `sequences` took to write and to score
 * @param responses of a step
 * @param miniBatch responses of an optimizer step
 */
export function stepCost(
  policy: Policy,
  sequences: readonly Sequence[],
  sampled: { readonly generate: number; readonly reward: number },
  { responses, miniBatch }: { readonly responses: number; readonly miniBatch: number },
): StepCost {
  const some = sequences.filter(({ response }) => response.length > 0).slice(0, measuredSequences);
  const scale = responses / Math.max(sequences.length, 1);
  const update = some.length > 0 ? (passes * forwardSeconds(policy, some) * responses) / some.length : 0;
  const seconds = { generate: sampled.generate * scale, reward: sampled.reward * scale, update };
  const longest = Math.max(1, ...sequences.map(({ prompt, response }) => prompt.length + response.length));
  const response = Math.max(1, ...sequences.map((sequence) => sequence.response.length));
  const training = policy.weights.adapter ? "lora" : "full";
  const backend = backendInUse() ?? { name: "cpu" as const, device: "cpu" as const };
  const plan = { training, batch: miniBatch, length: longest, response } as const;
  const { needed } = trainingEstimate(policy.config, backend, plan, loadingOf(policy.weights));
  return {
    responses,
    seconds: { ...seconds, step: seconds.generate + seconds.reward + seconds.update },
    bytes: needed,
  };
}

/** Of one pass over some sequences. The first pass, which compiles and allocates, is not measured. */
function forwardSeconds(policy: Policy, sequences: readonly Sequence[]): number {
  const batch = policy.batch(sequences);
  const pass = () => {
    const logps = tf.tidy(() => policy.tokenLogps(batch).logps);
    logps.dataSync(); // a GPU is waited for
    logps.dispose();
  };
  try {
    pass();
    const started = performance.now();
    pass();
    return (performance.now() - started) / 1000;
  } finally {
    batch.dispose();
  }
}

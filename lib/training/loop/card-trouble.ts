import { backendInUse } from "../../backend/choose";
import { CardLost, cardFailure, fullPlace, wordsOf } from "../../backend/card-failure";
import { gigabytes } from "../../models/memory/memory";
import { loadingOf, trainingEstimate, type TrainingPlan } from "../../models/memory/training-memory";
import type { Policy } from "../../models/policy";
import type { LoopConfig } from "./loop-config";

/** What a step was doing when an error of the card ended it. */
interface Doing {
  readonly where: string; // the function that errors name
  readonly step: number;
  readonly policy: Pick<Policy, "config" | "weights">;
  readonly config: Pick<LoopConfig, "miniBatch" | "microBatch" | "maxResponse" | "checkpoint">;
  readonly folder?: string | undefined;
}

/**
 * An error of the card in words that say what is left and what to do. Any other error is returned as it is.
 *
 * A lost card ends the process's work, not the run: its checkpoints are on disk. A full card leaves the weights as they
 * were.
 */
export function explainedFailure(given: unknown, doing: Doing): unknown {
  const error = given instanceof CardLost ? given.cause : given; // which generation told without the run
  const failure = cardFailure(error);
  if (failure === undefined) return given;
  const { where, step, folder } = doing;
  const text = wordsOf(error);
  if (failure === "full")
    return new RangeError(`${where}, step ${step}: ${fullPlace(error)} is full (${text}). ${whatWouldFit(doing)}`, {
      cause: error,
    });
  const goOn =
    folder === undefined
      ? "The run has no folder, so that nothing of it is left: give it one, { folder }."
      : "Start the process again and go on from the last checkpoint: " +
        `{ folder: ${JSON.stringify(folder)}, resume: true }.`;
  return new CardLost(
    `${where}, step ${step}: the graphics card computes no more in this process (${text}). The step is lost. ${goOn}`,
    { cause: error },
  );
}

/** The memory of this step and of cheaper ones, by estimate. */
function whatWouldFit({ policy, config }: Doing): string {
  const { miniBatch, microBatch, maxResponse, checkpoint } = config;
  const batch = microBatch || miniBatch;
  const context = policy.config.max_position_embeddings;
  const plan: Partial<TrainingPlan> = {
    training: policy.weights.adapter ? "lora" : "full",
    length: Math.min(context, 2 * maxResponse), // prompts are of unknown length: as long as the responses
    response: maxResponse,
    batch,
    checkpoint,
  };
  const backend = backendInUse() ?? { name: "native", device: "gpu" };
  const own = loadingOf(policy.weights);
  const needs = (changes: Partial<TrainingPlan>, loading = own) =>
    `${gigabytes(trainingEstimate(policy.config, backend, { ...plan, ...changes }, loading).needed)} GB`;
  const cheaper = [
    ...(batch > 1 ? [`{ microBatch: ${Math.ceil(batch / 2)} } about ${needs({ batch: Math.ceil(batch / 2) })}`] : []),
    ...(checkpoint ? [] : [`{ checkpoint: true } about ${needs({ checkpoint: true })}`]),
    ...(plan.training === "full" ? [`adapters, policy.adapt(), about ${needs({ training: "lora" })}`] : []),
    ...(plan.training === "lora" && !own.frozen
      ? [`a model loaded with { frozen: "bf16" } about ${needs({}, { frozen: "bf16" })}`]
      : []),
  ];
  const rest = cheaper.join("; ") || "shorter responses or a smaller model would need less";
  return `An update of ${batch} × ${plan.length} tokens needs about ${needs({})}; ${rest}.`;
}

import { oneOf } from "../../core/ranges";
import { settings } from "../../core/settings";
import { packedSize } from "../decoder/adapter";
import { isHalf } from "../../backend/bfloat16";
import { activationCounts, type Place } from "../../backend/memory";
import type { DecoderConfig } from "../decoder/config";
import { loraDefaults } from "../decoder/lora-config";
import type { Weights } from "../decoder/weights";
import { gigabytes, memoryEstimate, type Loading } from "./memory";

/** What a training changes, and how much it processes at once. */
export const trainingDefaults = {
  /** adapters over frozen weights, or every weight */
  training: "lora" as "lora" | "full",
  /** of adapters */
  rank: loraDefaults.rank,
  targets: loraDefaults.targets,
  /** sequences of an optimizer step */
  batch: 8,
  /** tokens of each, prompt and response */
  length: 512,
  /** of these, whose log-probabilities are asked for */
  response: 256,
  /** computes activations again in the backward pass */
  checkpoint: false,
};
/** A training whose memory is estimated. */
export type TrainingPlan = typeof trainingDefaults;

/** The memory of an optimizer step of one policy at its peak, in bytes. */
export interface TrainingEstimate {
  readonly trained: number; // numbers, with the zeros of packed adapters
  readonly weights: number;
  readonly gradients: number;
  readonly moments: number; // Adam's two
  readonly activations: number; // what the backward pass reads of every layer
  readonly logits: number; // and of the output
  readonly needed: number; // at the height of a step
  readonly available: number | undefined;
}

/** Factor for a layer that is recomputed: its activations and the gradients of what it keeps. */
const recomputed = 2.2;

/** Memory that the figures do not count: gaps of the allocator, the optimizer's copy of one matrix, code. */
const slack = 256e6;

/** How the weights of a model are kept. */
export const loadingOf = ({ layers }: Pick<Weights, "layers">): Loading =>
  layers.every(({ qkv, out, gateUp, down }) => [qkv, out, gateUp, down].every(isHalf)) ? { frozen: "bf16" } : {};

/** Estimates the memory of an optimizer step. Reads no weight. */
export function trainingEstimate(
  config: DecoderConfig,
  backend: Place,
  plan: Partial<TrainingPlan> = {},
  loading: Loading = {},
): TrainingEstimate {
  const { training, batch, length, response, checkpoint, ...lora } = settings(
    "trainingEstimate",
    trainingDefaults,
    plan,
    { training: oneOf("lora", "full") },
  );
  const { parameters, weights, available } = memoryEstimate(config, backend, training === "lora" ? loading : {});
  const {
    hidden_size: C,
    num_hidden_layers: L,
    num_attention_heads: H,
    num_key_value_heads: K,
    head_dim: D,
    intermediate_size: F,
    vocab_size: V,
  } = config;
  const trained = training === "full" ? parameters : packedSize(config, lora);
  const of = activationCounts(backend, training === "lora" ? loading.frozen : undefined);
  const low = training === "lora" ? (of.lowRank ?? 0) * lora.rank * lora.targets.length : 0;
  const attention = of.projections * (H + 2 * K) * D + of.attended * H * D + of.scores * H * length;
  const layer = of.width * C + attention + of.feedForward * F + low;
  // of a token, until the backward pass ends or the layer's part of it
  const [stays, passes] = checkpoint ? [L * C, recomputed * layer] : [L * layer, 0];
  // the embedding's gradient comes in two parts, of its rows and of the output projection, which are added
  const twice = training === "full" ? 2 * V * C : 0;
  const parts = {
    weights: weights + (training === "lora" ? 4 * trained : 0),
    gradients: 4 * (trained + twice),
    moments: 8 * trained,
    activations: 4 * batch * length * (stays + passes),
    logits: 4 * of.logits * Math.min(batch * response * V, of.mostLogits),
  };
  const last = parts.gradients + 4 * batch * length * passes; // what was kept goes while gradients come
  const needed = parts.weights + parts.moments + Math.max(last, parts.activations + parts.logits) + slack;
  return { trained, ...parts, needed, available };
}

/** Throws RangeError with the figures unless the plan fits. */
export function expectTrainingRoom(
  name: string,
  config: DecoderConfig,
  backend: Place,
  plan: Partial<TrainingPlan>,
  loading: Loading = {},
): void {
  const { needed, available, ...parts } = trainingEstimate(config, backend, plan, loading);
  if (available === undefined || needed <= available) return;
  const { training, batch, length, checkpoint } = { ...trainingDefaults, ...plan };
  const figures = (["weights", "gradients", "moments", "activations", "logits"] as const)
    .map((part) => `${part} ${gigabytes(parts[part])}`)
    .join(", ");
  const cheaper = training === "full" ? ", or adapters" : loading.frozen ? "" : ', or { frozen: "bf16" }';
  throw new RangeError(
    `${name}: training it ${training === "full" ? "whole" : "with adapters"} on ${batch} × ${length} tokens at ` +
      `once needs ${gigabytes(needed)} GB on the ${backend.name} backend (${figures}), ${gigabytes(available)} are ` +
      `there. Use smaller batches or shorter texts${checkpoint ? "" : ", { checkpoint: true }"}${cheaper}.`,
  );
}

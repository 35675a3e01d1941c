import type { ScaleRun } from "./run";

/** Gigabytes (10⁹ bytes) that one GPU needs. */
export interface GpuMemory {
  readonly states: number; // weights, gradients and moments of policy and critic
  readonly activations: number; // of one micro-batch, with its logits
  readonly sampler: number; // its share of the memory
  readonly most: number; // what is there at the same time: states, and the larger of the other two
  readonly fits: boolean; // in 95 % of the memory
}

/**
 * The memory of a run. All weights trained take 16 bytes a parameter (weights, gradients and two moments in float32),
 * spread over the GPUs; frozen ones under adapters 2. The reference model is kept in the memory of the host, as the
 * scripts of DeepRetrieval do. Activations: one row of the hidden width a layer, since the rest is computed again, and
 * the logits of the vocabulary with their gradient in float32.
 */
export function gpuMemory(run: ScaleRun): GpuMemory {
  const { shape, kind, program, gpus, lora, critic } = run;
  const full = (16 * shape.parameters) / gpus;
  const states = (lora ? (2 * shape.parameters) / gpus : full) + (critic ? full : 0);
  const length = program.padded ? run.maxPrompt + run.maxResponse : run.promptTokens + run.responseTokens;
  const tokens = run.microBatch === 0 ? 16384 : run.microBatch * length;
  const kept = program.checkpointing ? 2 * shape.hidden : 16 * shape.hidden * 4; // bytes of a token and layer
  const activations = tokens * (shape.layers * kept + 8 * shape.vocabulary);
  const sampler = run.gpuMemory * kind.gigabytes * 1e9;
  const most = states + Math.max(activations, sampler);
  const giga = (bytes: number): number => bytes / 1e9;
  return {
    states: giga(states),
    activations: giga(activations),
    sampler: giga(sampler),
    most: giga(most),
    fits: giga(most) <= 0.95 * kind.gigabytes,
  };
}

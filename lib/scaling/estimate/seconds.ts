import { searchSeconds } from "./engines";
import type { ScaleRun } from "./run";
import { stepTokens } from "./tokens";

/** Seconds of one training step, part by part. */
export interface StepSeconds {
  readonly generation: number;
  readonly search: number; // of the rewards
  readonly passes: number; // log-probabilities of policy and reference, values of the critic
  readonly update: number; // of the policy
  readonly criticUpdate: number;
  readonly total: number;
}

/** The parts of a step and their sum; of rewards that are streamed, only what generation does not cover. */
export function stepSeconds(run: ScaleRun): StepSeconds {
  const { responses, computed } = stepTokens(run);
  const generation = generationSeconds(run, responses, run.batchSize);
  const search = searchSeconds(responses * run.requestsPerReward, run.searchesInFlight, run.limits);
  const passes = (1 + (run.reference ? 1 : 0) + (run.critic ? 1 : 0)) * passSeconds(run, computed, responses);
  const update = updateSeconds(run, computed, responses, run.lora);
  const criticUpdate = run.critic ? updateSeconds(run, computed, responses, false) : 0;
  const together = run.streamed ? Math.max(generation, search) : generation + search;
  return { generation, search, passes, update, criticUpdate, total: together + passes + update + criticUpdate };
}

/** Operations a second that large products reach on one GPU. */
const reached = ({ kind, program }: ScaleRun): number => kind.flops[program.arithmetic] * program.utilisation;

const bytesPer = ({ program }: ScaleRun): number => (program.arithmetic === "bf16" ? 2 : 4);

/**
 * Seconds until the longest of `responses` is written. Every decoding step takes the longest of three: what the host
 * needs to launch it; the reading of weights and of keys and values from memory; 2·N operations for each sequence. The
 * sequences of one copy of the model go in waves where their keys and values do not fit. `prompts` different prompts
 * are read once: 2·N operations for each token.
 */
export function generationSeconds(run: ScaleRun, responses: number, prompts: number): number {
  const { shape, kind, program, tensorParallel } = run;
  const copies = run.gpus / tensorParallel;
  const each = Math.ceil(responses / copies);
  const waves = Math.ceil(each / sequencesAtOnce(run));
  const sequences = Math.ceil(each / waves);
  const weights = shape.parameters * bytesPer(run);
  const cache = sequences * (run.promptTokens + run.responseTokens / 2) * cacheBytes(run);
  const step = Math.max(
    program.decoding.step + program.decoding.layer * shape.layers,
    (weights + cache) / (tensorParallel * kind.bandwidth),
    (2 * shape.parameters * sequences) / (tensorParallel * reached(run)),
  );
  const reading = (2 * shape.parameters * prompts * run.promptTokens) / (run.gpus * reached(run));
  return waves * run.maxResponse * step + reading;
}

/** Bytes of the keys and values of one token. */
export const cacheBytes = (run: ScaleRun): number => 2 * run.shape.layers * run.shape.keyValue * bytesPer(run);

/** Sequences whose keys and values fit beside one copy of the weights; 1,024 at most, as verl sets vLLM. */
export function sequencesAtOnce(run: ScaleRun): number {
  const room = run.gpuMemory * run.kind.gigabytes * 1e9 * run.tensorParallel - run.shape.parameters * bytesPer(run);
  const one = (run.promptTokens + run.responseTokens) * cacheBytes(run);
  return Math.max(1, Math.min(1024, Math.floor(room / one)));
}

/** One pass forward through a model: 2·N operations a token, or the launching of its micro-batches. */
function passSeconds(run: ScaleRun, tokens: number, responses: number): number {
  const launched = microBatches(run, run.logProbBatch, tokens, responses) * run.shape.layers * run.program.layerPass;
  return Math.max((2 * run.shape.parameters * tokens) / (run.gpus * reached(run)), launched);
}

/**
 * All passes of an update: forward 2·N operations a token, backward 4·N (2·N where only adapters are trained), forward
 * again 2·N with checkpointing. The host launches one pass for each 2·N.
 */
function updateSeconds(run: ScaleRun, tokens: number, responses: number, lora: boolean): number {
  const again = run.program.checkpointing ? 1 : 0;
  const work = (2 * (lora ? 2 : 3) + 2 * again) * run.shape.parameters * tokens;
  const launched = microBatches(run, run.microBatch, tokens, responses) * run.shape.layers * run.program.layerPass;
  return run.epochs * Math.max(work / (run.gpus * reached(run)), launched * (3 + again));
}

/** Micro-batches of one GPU in one pass over the responses. */
const microBatches = (run: ScaleRun, size: number, tokens: number, responses: number): number =>
  Math.ceil(size === 0 ? tokens / run.gpus / 16384 : responses / run.gpus / size);

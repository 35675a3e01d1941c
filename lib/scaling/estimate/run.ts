import { above, either, filledText, flag, from, having, oneOf, type Range, whole } from "../../core/ranges";
import { checkOptions, settings } from "../../core/settings";
import { searchLimits, type SearchLimits, type SearchName } from "./engines";
import { scaleFrameworks, type ScaleFramework, type ScaleFrameworkName } from "./frameworks";
import { gpuKinds, type GpuKind, type GpuName } from "./gpus";
import { shapeOf, type ModelName, type ModelShape } from "./model-shapes";

/** The run that is estimated where nothing is said: PubMed-3B as DeepRetrieval trained it (scripts/train/pubmed.sh). */
export const scaleDefaults = {
  gpus: 2,
  batchSize: 64, // prompts a step
  group: 1, // responses to a prompt
  miniBatch: 16, // responses an optimizer step
  epochs: 1, // passes over the responses of a step
  /** responses on one GPU at once where gradients are taken; 0 fills micro-batches with 16,384 tokens */
  microBatch: 4,
  /** the same where only log-probabilities are computed */
  logProbBatch: 1,
  promptTokens: 320, // mean of 500 prompts of DeepRetrieval's test file of PubMed, by Qwen2.5's tokenizer
  responseTokens: 250, // mean; reasoning of 150 tokens and a query of about 100
  maxPrompt: 500,
  maxResponse: 500, // of the longest response of a step, which generation waits for
  critic: true, // PPO; false is GRPO and its kin
  reference: true, // whether the KL divergence from the model at the start is computed
  lora: false,
  tensorParallel: 2, // GPUs that share one copy of the sampler's model
  gpuMemory: 0.2, // share of GPU memory for the sampler
  steps: 1250,
  requestsPerReward: 2, // the script asks PubMed for the first page twice
  searchesInFlight: 1, // and for one completion after the other
  streamed: false, // whether rewards are asked for while other responses are still being written
  validateEvery: 0, // steps; 0 is never
  validationPrompts: 0,
};

/** What is estimated. */
export interface ScaleOptions extends Partial<typeof scaleDefaults> {
  /** a name of `modelShapes`, or a shape; Qwen2.5-3B if absent */
  readonly model?: ModelName | ModelShape | (string & {});
  /** A100-80GB if absent */
  readonly gpu?: GpuName | GpuKind;
  /** what trains; "verl 2024", as DeepRetrieval has it, if absent */
  readonly framework?: ScaleFrameworkName | ScaleFramework;
  /** where queries run; PubMed with a key if absent */
  readonly search?: SearchName | SearchLimits;
  /** one's own price; the span of public offers if absent */
  readonly dollarsAnHour?: number;
}

/** A run, complete and checked. */
export interface ScaleRun extends Readonly<typeof scaleDefaults> {
  readonly shape: ModelShape;
  readonly kind: GpuKind;
  readonly program: ScaleFramework;
  readonly limits: SearchLimits;
  readonly searchName: string;
  readonly dollars: readonly [low: number, high: number]; // an hour of a GPU
}

const ranges: { readonly [K in keyof typeof scaleDefaults]: Range } = {
  gpus: whole(1),
  batchSize: whole(1),
  group: whole(1),
  miniBatch: whole(1),
  epochs: whole(1),
  microBatch: whole(0),
  logProbBatch: whole(0),
  promptTokens: above(0),
  responseTokens: above(0),
  maxPrompt: whole(1),
  maxResponse: whole(1),
  critic: flag,
  reference: flag,
  lora: flag,
  tensorParallel: whole(1),
  gpuMemory: { fits: (value) => typeof value === "number" && value > 0 && value < 1, what: "between 0 and 1" },
  steps: whole(1),
  requestsPerReward: from(0),
  searchesInFlight: whole(1),
  streamed: flag,
  validateEvery: whole(0),
  validationPrompts: whole(0),
};

const own: Readonly<Record<string, Range>> = {
  model: either(filledText, having("a shape of a model", "parameters", "layers")),
  gpu: either(oneOf(...Object.keys(gpuKinds)), having("a kind of GPU", "flops", "bandwidth")),
  framework: either(oneOf(...Object.keys(scaleFrameworks)), having("a framework", "utilisation", "decoding")),
  search: either(oneOf(...Object.keys(searchLimits)), having("limits of a search engine", "requestsPerSecond")),
  dollarsAnHour: from(0),
};

/** The run that options describe. Throws TypeError or RangeError, with name and value, for options that are wrong. */
export function scaleRun(options: ScaleOptions): ScaleRun {
  checkOptions("scaleEstimate", options, { ...ranges, ...own });
  const {
    model = "Qwen2.5-3B",
    gpu = "A100-80GB",
    framework = "verl 2024",
    search = "PubMed",
    dollarsAnHour,
    ...numbers
  } = options;
  const given = settings("scaleEstimate", scaleDefaults, numbers, ranges);
  const kind = typeof gpu === "string" ? gpuKinds[gpu] : gpu;
  const program = typeof framework === "string" ? scaleFrameworks[framework] : framework;
  if (given.gpus > 1 && !program.severalGpus)
    throw new RangeError(`scaleEstimate: gpus is ${given.gpus}, and this framework trains on one. Set gpus to 1.`);
  const tensorParallel = numbers.tensorParallel ?? Math.min(given.tensorParallel, given.gpus);
  if (given.gpus % tensorParallel > 0)
    throw new RangeError(
      `scaleEstimate: gpus is ${given.gpus}, and tensorParallel ${tensorParallel} does not divide it. Change one.`,
    );
  if (given.promptTokens > given.maxPrompt || given.responseTokens > given.maxResponse)
    throw new RangeError(
      `scaleEstimate: promptTokens ${given.promptTokens} and responseTokens ${given.responseTokens} are means, and ` +
        `cannot be above maxPrompt ${given.maxPrompt} and maxResponse ${given.maxResponse}.`,
    );
  return {
    ...given,
    tensorParallel,
    shape: shapeOf(model),
    kind,
    program,
    limits: typeof search === "string" ? searchLimits[search] : search,
    searchName: typeof search === "string" ? search : "the search engine",
    dollars: dollarsAnHour === undefined ? kind.dollarsAnHour : [dollarsAnHour, dollarsAnHour],
  };
}

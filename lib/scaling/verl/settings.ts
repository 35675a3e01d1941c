import { loopDefaults, loopRanges } from "../../training/loop/loop-config";
import { above, either, filledText, flag, from, having, share, whole, type Range } from "../../core/ranges";
import { checkOptions, settings } from "../../core/settings";
import type { Algorithm } from "../../training/algorithms/algorithm";
import { exportable, type VerlAlgorithmName } from "./algorithms";
import { presetOf, type VerlPresetName } from "./presets";
import type { VerlVersion } from "./versions";

/** Adapters that are trained in place of all weights; verl's `lora_rank` and `lora_alpha`. */
export const verlLoraDefaults = { rank: 32, alpha: 32 };

const { batchSize, miniBatch, epochs, topP, temperature, weightDecay, maxGradNorm, seed } = loopDefaults;

/** Numbers of an exported run. Those that `train` has too bear the same names and mean the same. */
export const verlDefaults = {
  batchSize, // prompts a step
  miniBatch, // responses an optimizer step, of all GPUs
  epochs, // passes over the responses of a step
  /** steps of the run; 0 is what `totalEpochs` gives */
  steps: 0,
  /** passes over the training data, where `steps` is 0 */
  totalEpochs: 10,
  /** tokens; longer prompts are left out */
  maxPrompt: 500,
  /** tokens */
  maxResponse: 500,
  temperature,
  topP,
  /** of the policy */
  learningRate: 1e-6,
  weightDecay,
  maxGradNorm,
  saveEvery: 50, // steps between checkpoints
  validateEvery: 50, // steps between validations, if there is a validation task; 0 is never
  seed,
  gpus: 1, // of all nodes together
  nodes: 1,
  /** GPUs that share one copy of the sampler's model */
  tensorParallel: 1,
  /** share of GPU memory for the sampler */
  gpuMemory: 0.4,
  /** responses on one GPU at once; 0 lets verl fill micro-batches by tokens */
  microBatch: 0,
  /** the same where only log-probabilities are computed; 0 is `microBatch` */
  logProbBatch: 0,
  /** whether weights and optimizer state of policy and critic are kept in the memory of the host between uses */
  offload: false,
  /** tries of one reward; pauses between them double from 1 s, so that 12 wait 34 minutes for a server that is down */
  rewardAttempts: 12,
};

/** What a run is exported with. */
export interface VerlOptions extends Partial<typeof verlDefaults> {
  /** gets all files; made if it is not there */
  readonly folder: string;
  /** where the folder will lie on the cluster, an absolute path, if it is copied there; `folder` if absent */
  readonly clusterFolder?: string;
  /** ppoAlgorithm(…), grpo(…) or one of their names; PPO as DeepRetrieval runs it if absent */
  readonly algorithm?: Algorithm | VerlAlgorithmName;
  /** a Hugging Face id or an absolute path on the cluster; the preset's if absent */
  readonly model?: string;
  /** what the critic starts from; the model if absent */
  readonly criticModel?: string;
  readonly version: VerlVersion;
  /** absent: all weights are trained */
  readonly lora?: Partial<typeof verlLoraDefaults>;
  /** of the reward server, as the cluster reaches it */
  readonly rewardUrl: string;
  /** a training script of DeepRetrieval whose numbers hold where no others are given */
  readonly preset?: VerlPresetName;
}

const own: Readonly<Partial<Record<keyof VerlOptions, Range>>> = {
  folder: filledText,
  clusterFolder: filledText,
  algorithm: either(filledText, having("an algorithm, such as grpo()", "name", "lossOptions")),
  model: filledText,
  criticModel: filledText,
  version: filledText,
  lora: having("a record such as { rank: 32 }"),
  rewardUrl: filledText,
  preset: filledText,
};

const ranges: Readonly<Record<keyof typeof verlDefaults, Range>> = {
  batchSize: loopRanges.batchSize,
  miniBatch: loopRanges.miniBatch,
  epochs: loopRanges.epochs,
  steps: loopRanges.steps,
  totalEpochs: whole(1),
  maxPrompt: whole(1),
  maxResponse: loopRanges.maxResponse,
  temperature: loopRanges.temperature,
  topP: loopRanges.topP,
  learningRate: above(0),
  weightDecay: loopRanges.weightDecay,
  maxGradNorm: loopRanges.maxGradNorm,
  saveEvery: whole(1),
  validateEvery: loopRanges.validateEvery,
  seed: whole(0),
  gpus: whole(1),
  nodes: whole(1),
  tensorParallel: whole(1),
  gpuMemory: share,
  microBatch: from(0),
  logProbBatch: from(0),
  offload: flag,
  rewardAttempts: whole(1),
};

/** verl hands the rank to vLLM, which has room for 512 at most; it finds this after the GPUs were taken. */
const loraRank: Range = {
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 512,
  what: "a whole number from 1 to 512, the highest rank that vLLM serves",
};

/** The settings of an export, complete and checked. */
export interface VerlRun extends Readonly<typeof verlDefaults> {
  readonly algorithm: Algorithm;
  readonly model: string;
  readonly criticModel: string;
  readonly lora: typeof verlLoraDefaults | undefined;
  readonly experiment: string | undefined; // the name of the preset
  readonly asScript: boolean; // whether a preset gave the numbers
}

/**
 * The run that options ask for: the caller's values, then the preset's, then the defaults. Throws TypeError for an
 * unknown setting, RangeError for a value out of its range and for numbers that verl would refuse on the cluster.
 */
export function verlRun(options: VerlOptions): VerlRun {
  checkOptions("verlExport", options, { ...ranges, ...own });
  const {
    folder,
    clusterFolder,
    algorithm = "ppo",
    model,
    criticModel,
    version,
    lora,
    rewardUrl,
    preset,
    ...numbers
  } = options;
  for (const [name, value] of Object.entries({ folder, version, rewardUrl }))
    if (value === undefined) throw new TypeError(`verlExport: ${name} is missing. Pass { ${name} }.`);
  const { model: presetModel, ...script } = preset === undefined ? { model: undefined } : presetOf(preset);
  const given = settings("verlExport", { ...verlDefaults, ...script }, numbers, ranges);
  const policy = model ?? presetModel;
  if (policy === undefined)
    throw new TypeError(
      preset === undefined
        ? "verlExport: model is missing. Pass { model }, a Hugging Face id or a path on the cluster."
        : `verlExport: model is missing, and ${preset}.sh starts from a checkpoint of an earlier run. Pass { model }.`,
    );
  const chosen = exportable(algorithm);
  // verl refuses a mini-batch that is larger than the batch; one update a step is what the script does then
  const responses = given.batchSize * chosen.group;
  const miniBatch = numbers.miniBatch === undefined ? Math.min(given.miniBatch, responses) : given.miniBatch;
  const run: VerlRun = {
    ...given,
    miniBatch,
    algorithm: chosen,
    model: policy,
    criticModel: criticModel ?? policy,
    lora: lora && settings("verlExport: lora", verlLoraDefaults, lora, { rank: loraRank, alpha: whole(1) }),
    experiment: preset?.replace(/\.sh$/, "").replaceAll("/", "_"),
    asScript: preset !== undefined,
  };
  expectDivides(run);
  return run;
}

/** Numbers that must divide each other; verl finds this only after the GPUs were taken. */
function expectDivides({
  batchSize,
  miniBatch,
  gpus,
  nodes,
  tensorParallel,
  algorithm: { group, name },
}: VerlRun): void {
  const responses = batchSize * group;
  const rules: readonly (readonly [whole: string, value: number, part: string, divisor: number])[] = [
    ["gpus", gpus, "nodes", nodes],
    ["gpus", gpus, "tensorParallel", tensorParallel],
    [`batchSize times the group of ${name}`, responses, "gpus", gpus],
    [`batchSize times the group of ${name}`, responses, "miniBatch", miniBatch],
    ["miniBatch", miniBatch, "gpus", gpus],
    ["miniBatch", miniBatch, `the group of ${name}, since verl counts prompts,`, group],
  ];
  for (const [whole, value, part, divisor] of rules)
    if (value % divisor > 0)
      throw new RangeError(
        `verlExport: ${whole} is ${value}, and ${part} ${divisor} does not divide it. Change one of them.`,
      );
}

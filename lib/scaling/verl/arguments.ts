import { algorithmOverrides } from "./algorithms";
import type { HydraValue, Overrides } from "./hydra";
import type { VerlRun } from "./settings";
import type { VerlKeys } from "./versions";

/** Absolute paths, as the cluster has them. */
export interface VerlPaths {
  readonly train: string;
  readonly validation: string;
  readonly shim: string;
  readonly checkpoints: string;
  readonly rollouts: string;
  readonly validations: string;
}

/** What the data say about a run. */
export interface VerlData {
  readonly rows: number; // of training
  readonly validates: boolean; // whether there is a validation task
  readonly name: string; // of the task
}

/** Every key that a run sets, in the spelling of one version of verl. */
export function verlOverrides(run: VerlRun, keys: VerlKeys, paths: VerlPaths, data: VerlData): Overrides {
  return {
    ...dataOverrides(run, keys, paths),
    ...under("actor_rollout_ref.model", {
      path: run.model,
      enable_gradient_checkpointing: true,
      ...(run.lora && { lora_rank: run.lora.rank, lora_alpha: run.lora.alpha, target_modules: "all-linear" }),
    }),
    ...policyOverrides(run),
    ...rolloutOverrides(run, keys),
    ...(run.algorithm.critic && criticOverrides(run, keys)),
    ...algorithmOverrides(run.algorithm),
    ...rewardOverrides(run, keys, paths),
    ...trainerOverrides(run, paths, data),
  };
}

const under = (prefix: string, settings: Readonly<Record<string, HydraValue>>): Overrides =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${prefix}.${key}`, value]));

const dataOverrides = (run: VerlRun, { refill }: VerlKeys, { train, validation }: VerlPaths): Overrides =>
  under("data", {
    train_files: train,
    val_files: validation,
    prompt_key: "prompt",
    reward_fn_key: "data_source",
    train_batch_size: run.batchSize,
    ...(refill && { gen_batch_size: 1 }), // the refilling of groups asks for it
    max_prompt_length: run.maxPrompt,
    max_response_length: run.maxResponse,
    filter_overlong_prompts: true,
    truncation: "error",
    shuffle: true,
    seed: run.seed, // without it the order of the rows differs from run to run
  });

/** verl reads `optim.clip_grad` since 0.8 and `grad_clip` before; both are written. */
const policyOverrides = (run: VerlRun): Overrides =>
  under("actor_rollout_ref", {
    "actor.strategy": "fsdp",
    "actor.optim.lr": run.learningRate,
    "actor.optim.weight_decay": run.weightDecay,
    "actor.optim.clip_grad": run.maxGradNorm,
    "actor.grad_clip": run.maxGradNorm,
    "actor.ppo_mini_batch_size": run.miniBatch / run.algorithm.group, // verl multiplies it by rollout.n
    "actor.ppo_epochs": run.epochs,
    "actor.data_loader_seed": run.seed,
    "actor.fsdp_config.param_offload": run.offload,
    "actor.fsdp_config.optimizer_offload": run.offload,
    "actor.use_dynamic_bsz": run.microBatch === 0,
    ...(run.microBatch === 0
      ? { "actor.ppo_max_token_len_per_gpu": Math.max(16384, run.maxPrompt + run.maxResponse) }
      : { "actor.ppo_micro_batch_size_per_gpu": fitting(run.microBatch, run) }),
    "ref.fsdp_config.param_offload": true,
  });

function rolloutOverrides(run: VerlRun, { rolloutSeed }: VerlKeys): Overrides {
  const logProbs = fitting(run.logProbBatch || run.microBatch, run);
  return under("actor_rollout_ref", {
    "rollout.name": "vllm",
    "rollout.temperature": run.temperature,
    "rollout.top_p": run.topP,
    "rollout.tensor_model_parallel_size": run.tensorParallel,
    "rollout.gpu_memory_utilization": run.gpuMemory,
    ...(rolloutSeed && { "rollout.seed": run.seed }),
    ...(run.lora && { "rollout.load_format": "safetensors" }), // adapters are put on weights that vLLM loads itself
    ...(run.microBatch > 0 && {
      "rollout.log_prob_micro_batch_size_per_gpu": logProbs,
      "ref.log_prob_micro_batch_size_per_gpu": logProbs,
    }),
  });
}

const criticOverrides = (run: VerlRun, { criticOffload }: VerlKeys): Overrides => ({
  ...under("critic", {
    "model.path": run.criticModel,
    "model.enable_gradient_checkpointing": true,
    "optim.weight_decay": run.weightDecay,
    "optim.clip_grad": run.maxGradNorm,
    grad_clip: run.maxGradNorm,
    data_loader_seed: run.seed,
    ...(run.microBatch > 0 && { ppo_micro_batch_size_per_gpu: fitting(run.microBatch, run) }),
  }),
  ...under(criticOffload, { param_offload: run.offload, optimizer_offload: run.offload }),
});

/** A group whose rewards are missing is replaced where the version can do so; else the run ends and is resumed. */
const rewardOverrides = (run: VerlRun, keys: VerlKeys, { shim }: VerlPaths): Overrides => ({
  [`${keys.rewardFunction}.path`]: shim,
  [`${keys.rewardFunction}.name`]: "compute_score",
  [`++${keys.rewardFunction}.reward_kwargs.attempts`]: run.rewardAttempts,
  [keys.rewardManager]: "naive",
  ...(keys.refill && { "trainer.v1.sampler.sync_refill_failed_groups": true }),
});

function trainerOverrides(run: VerlRun, paths: VerlPaths, { rows, validates, name }: VerlData): Overrides {
  const stepsAnEpoch = Math.floor(rows / run.batchSize);
  return under("trainer", {
    project_name: "deepretrieval",
    experiment_name: run.experiment ?? name.replace(/[^\w.-]+/g, "-"),
    logger: ["console", "file"],
    n_gpus_per_node: run.gpus / run.nodes,
    nnodes: run.nodes,
    total_epochs: run.steps === 0 ? run.totalEpochs : Math.ceil(run.steps / stepsAnEpoch),
    ...(run.steps > 0 && { total_training_steps: run.steps }),
    save_freq: run.saveEvery,
    test_freq: validates && run.validateEvery > 0 ? run.validateEvery : -1,
    val_before_train: validates && !run.asScript, // the scripts of DeepRetrieval do not
    default_local_dir: paths.checkpoints,
    rollout_data_dir: paths.rollouts,
    validation_data_dir: paths.validations,
    resume_mode: "auto",
  });
}

/** The largest micro-batch, `asked` or less, that divides the responses of one GPU in a mini-batch. */
function fitting(asked: number, { miniBatch, gpus }: VerlRun): number {
  const each = miniBatch / gpus;
  let size = Math.max(1, Math.min(Math.floor(asked), each));
  while (each % size > 0) size--;
  return size;
}

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verlExport, type VerlExport } from "../../../lib/scaling/verl/verl-export";
import { verlPresets } from "../../../lib/scaling/verl/presets";
import { type VerlVersion, verlVersions } from "../../../lib/scaling/verl/versions";
import type { VerlOptions } from "../../../lib/scaling/verl/settings";
import { labelledProblem } from "../../../lib/serving/scoring/label";
import { task } from "../../../lib/tasks/task";
import { dapo } from "../../../lib/training/algorithms/ratios/dapo";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { sharedFile, sharedJson, temporaryFolder } from "../../fixtures";

const engine = { name: "none", search: async () => ({ hits: [], total: 0, warnings: [] }) };
const problems = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => ({
    id: `${name}${i}`,
    query: `does "it" work, № ${i}?`,
    judgments: { [`p${i}`]: 1 },
    maxDate: "2020/01/31",
  }));
const train = task({ name: "small", problems: problems(96, "t"), engine });
const validation = task({ name: "small-validation", problems: problems(3, "v"), engine });

const exported = (
  options: Partial<VerlOptions> = {},
  tasks: Parameters<typeof verlExport>[0] = { train, validation },
) =>
  verlExport(tasks, {
    folder: temporaryFolder(),
    version: "0.9",
    preset: "pubmed",
    rewardUrl: "http://10.0.0.5:8000",
    ...options,
  });
const valuesOf = ({ arguments: words }: VerlExport): Record<string, string> =>
  Object.fromEntries(words.map((word) => /^([^=]+)=([^]*)$/.exec(word)!.slice(1) as [string, string]));
const bare = (key: string) => key.replace(/^\++/, "");

/** The rows of the table of differences, by hand from the generated configuration of each version. */
const differing: readonly (readonly [key: string, versions: readonly VerlVersion[]])[] = [
  ["custom_reward_function.path", ["0.7", "0.7.0"]],
  ["custom_reward_function.name", ["0.7", "0.7.0"]],
  ["reward_model.reward_manager", ["0.7", "0.7.0"]],
  ["reward.custom_reward_function.path", ["0.7.1", "0.8", "0.8.0", "0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
  ["reward.custom_reward_function.name", ["0.7.1", "0.8", "0.8.0", "0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
  ["reward.reward_manager.name", ["0.7.1", "0.8", "0.8.0", "0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
  ["critic.model.fsdp_config.param_offload", ["0.7", "0.7.0", "0.7.1"]],
  ["critic.fsdp.param_offload", ["0.8", "0.8.0", "0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
  ["actor_rollout_ref.rollout.seed", ["0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
  ["data.gen_batch_size", ["0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
  ["trainer.v1.sampler.sync_refill_failed_groups", ["0.9", "0.9.0", "0.9.1", "0.10", "0.10.0"]],
];

for (const version of verlVersions)
  test(`verl ${version}: each key that moved stands in the spelling that this version reads, and in no other`, () => {
    const keys = Object.keys(valuesOf(exported({ version })));
    for (const [key, versions] of differing) assert.is(keys.includes(key), versions.includes(version), key);
  });

/** Keys that the reference data do not list. They stand in the generated configuration of 0.7.0 to 0.9.1. */
const readElsewhere = [
  "actor_rollout_ref.model.target_modules",
  "actor_rollout_ref.rollout.load_format",
  "critic.optim.weight_decay",
  "critic.optim.clip_grad",
  "critic.grad_clip",
  "critic.data_loader_seed",
  "critic.ppo_epochs",
  "critic.model.fsdp_config.optimizer_offload", // to 0.7.1
  "critic.fsdp.optimizer_offload", // from 0.8.0
];
const source: Readonly<Record<VerlVersion, string>> = {
  "0.7": "v0.7.0",
  "0.7.0": "v0.7.0",
  "0.7.1": "v0.7.1",
  "0.8": "v0.8.0",
  "0.8.0": "v0.8.0",
  "0.9": "v0.9.0",
  "0.9.0": "v0.9.0",
  "0.9.1": "v0.9.0",
  "0.10": "HEAD",
  "0.10.0": "HEAD",
};

test("every key exists in the configuration of its version, for PPO and GRPO, all weights and LoRA", () => {
  const golden = sharedJson("golden/verl_config_keys.json") as
    | { readonly keys: Record<string, Record<string, unknown>> }
    | undefined;
  if (!golden) return;
  for (const version of verlVersions)
    for (const algorithm of ["ppo", "grpo"] as const)
      for (const lora of [undefined, { rank: 8 }])
        for (const preset of ["pubmed", undefined] as const) {
          const { preset: _, ...options } = { version, algorithm, ...(lora && { lora }), model: "m", preset };
          const result = exported({ ...options, ...(preset ? { preset } : { preset: undefined as never, gpus: 2 }) });
          for (const key of Object.keys(valuesOf(result)).map(bare)) {
            if (readElsewhere.includes(key) || /custom_reward_function\.reward_kwargs\.attempts$/.test(key)) continue;
            assert.ok(key in golden.keys, `${key} is not in the reference data`);
            assert.is.not(golden.keys[key]![source[version]], "__missing__", `${version}: ${key}`);
          }
        }
});

test("pubmed.sh: every number that the script sets, and those that it leaves to the reference's defaults", () => {
  const values = valuesOf(exported());
  const expected: Record<string, string> = {
    "algorithm.adv_estimator": "gae",
    "algorithm.gamma": "1",
    "algorithm.lam": "1",
    "algorithm.use_kl_in_reward": "True",
    "algorithm.kl_penalty": "kl",
    "algorithm.kl_ctrl.type": "fixed",
    "algorithm.kl_ctrl.kl_coef": "0.001",
    "data.train_batch_size": "64",
    "data.max_prompt_length": "500",
    "data.max_response_length": "500",
    "data.seed": "0",
    "actor_rollout_ref.model.path": "Qwen/Qwen2.5-3B-Instruct",
    "actor_rollout_ref.model.enable_gradient_checkpointing": "True",
    "actor_rollout_ref.actor.optim.lr": "0.000001",
    "actor_rollout_ref.actor.optim.clip_grad": "1",
    "actor_rollout_ref.actor.grad_clip": "1",
    "actor_rollout_ref.actor.ppo_mini_batch_size": "16",
    "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu": "4", // 8 on 2 GPUs
    "actor_rollout_ref.actor.clip_ratio": "0.2",
    "actor_rollout_ref.actor.clip_ratio_low": "0.2",
    "actor_rollout_ref.actor.clip_ratio_high": "0.2",
    "actor_rollout_ref.actor.clip_ratio_c": "1000000000", // the reference has no dual clip
    "actor_rollout_ref.actor.entropy_coeff": "0.001",
    "actor_rollout_ref.actor.use_kl_loss": "False",
    "actor_rollout_ref.rollout.name": "vllm",
    "actor_rollout_ref.rollout.n": "1",
    "actor_rollout_ref.rollout.temperature": "1",
    "actor_rollout_ref.rollout.tensor_model_parallel_size": "2",
    "actor_rollout_ref.rollout.gpu_memory_utilization": "0.2",
    "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu": "1", // 2 on 2 GPUs
    "actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu": "1",
    "actor_rollout_ref.ref.fsdp_config.param_offload": "True",
    "critic.optim.lr": "0.00001",
    "critic.model.path": "Qwen/Qwen2.5-3B-Instruct",
    "critic.ppo_micro_batch_size_per_gpu": "4",
    "critic.cliprange_value": "0.5",
    "trainer.val_before_train": "False",
    "trainer.n_gpus_per_node": "2",
    "trainer.nnodes": "1",
    "trainer.total_epochs": "10",
    "trainer.save_freq": "100",
    "trainer.test_freq": "500",
  };
  for (const [key, value] of Object.entries(expected)) assert.is(values[key], value, key);
});

test("other scripts: Llama for pubmed_32, six GPUs for squad, one update a step for scifact", () => {
  const llama = valuesOf(exported({ preset: "pubmed_32" }));
  assert.is(llama["actor_rollout_ref.model.path"], "meta-llama/Llama-3.2-3B-Instruct");
  assert.is(llama["trainer.save_freq"], "300");
  const squad = valuesOf(exported({ preset: "squad", model: "/models/nq-1800" }));
  assert.is(squad["data.train_batch_size"], "72");
  assert.is(squad["trainer.n_gpus_per_node"], "6");
  const scifact = valuesOf(exported({ preset: "scifact" }));
  assert.is(scifact["actor_rollout_ref.actor.ppo_mini_batch_size"], "64"); // the script's 128 exceed the batch
  assert.throws(() => exported({ preset: "squad" }), /starts from a checkpoint.*Pass \{ model \}/);
  assert.is(Object.values(verlPresets).filter((preset) => "model" in preset).length, 22);
});

test("every preset is its script, column by column", () => {
  const file = sharedFile("spec/reference.md");
  if (!file) return;
  const lines = [...readFileSync(file, "utf8").matchAll(/^\| ([\w/]+)\.sh \| (.*) \|$/gm)];
  assert.is(lines.length, Object.keys(verlPresets).length);
  for (const [, name, rest] of lines) {
    const columns = rest!.split(" | ");
    const [batchSize, miniBatch, actor, critic] = columns.slice(0, 4).map(Number) as [number, number, number, number];
    const [logProbs, lengths, temperature, tensorParallel] = columns.slice(4, 8) as [string, string, string, string];
    const [gpuMemory, gpus, totalEpochs] = columns.slice(8, 11).map(Number) as [number, number, number];
    const [saveEvery, validateEvery] = columns[11]!.split("/").map(Number) as [number, number];
    const [maxPrompt, maxResponse] = lengths.split("/").map(Number) as [number, number];
    assert.is(actor, critic, name);
    const model = /^(?:\/dev\/ana\/hf_models\/)?(?:Qwen\/|meta-llama\/)?([\w.-]+)$/.exec(columns[12]!)?.[1];
    const { model: own, ...numbers } = { model: undefined, ...verlPresets[name as keyof typeof verlPresets] };
    assert.is(own?.replace(/^.*\//, ""), model, name);
    assert.equal(
      numbers,
      {
        ...{ batchSize, miniBatch, microBatch: actor / gpus, logProbBatch: parseInt(logProbs, 10) / gpus },
        ...{ maxPrompt, maxResponse, temperature: temperature === "–" ? 1 : Number(temperature) },
        ...{ tensorParallel: Number(tensorParallel), gpuMemory, gpus, totalEpochs, saveEvery, validateEvery },
      },
      name,
    );
  }
});

test("GRPO: its group, its clip on both sides, its penalty in the loss; no critic", () => {
  const algorithm = grpo({ group: 4, clip: 0.2, clipHigh: 0.28, klCoefficient: 0.01, normaliseByStd: false });
  const values = valuesOf(exported({ algorithm, miniBatch: 64, lora: { rank: 16, alpha: 64 } }));
  const expected: Record<string, string> = {
    "algorithm.adv_estimator": "grpo",
    "algorithm.norm_adv_by_std_in_grpo": "False",
    "algorithm.use_kl_in_reward": "False",
    "actor_rollout_ref.rollout.n": "4",
    "actor_rollout_ref.actor.ppo_mini_batch_size": "16", // prompts: 64 responses in groups of 4
    "actor_rollout_ref.actor.clip_ratio": "0.2",
    "actor_rollout_ref.actor.clip_ratio_low": "0.2",
    "actor_rollout_ref.actor.clip_ratio_high": "0.28",
    "actor_rollout_ref.actor.clip_ratio_c": "3",
    "actor_rollout_ref.actor.use_kl_loss": "True",
    "actor_rollout_ref.actor.kl_loss_coef": "0.01",
    "actor_rollout_ref.actor.kl_loss_type": "low_var_kl",
    "actor_rollout_ref.model.lora_rank": "16",
    "actor_rollout_ref.model.lora_alpha": "64",
    "actor_rollout_ref.rollout.load_format": "safetensors",
    "critic.enable": "False",
  };
  for (const [key, value] of Object.entries(expected)) assert.is(values[key], value, key);
  assert.not.ok(Object.keys(values).some((key) => key.startsWith("critic.") && key !== "critic.enable"));
});

test("rows: verl's schema, one a line; the reward server reads a ground truth as the same problem", () => {
  const { files, rows } = exported();
  assert.equal(rows, { train: 96, validation: 3 });
  const read = readFileSync(files.validation, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.is(read.length, 3);
  assert.equal(Object.keys(read[0]), ["data_source", "prompt", "ability", "reward_model", "extra_info"]);
  assert.is(read[1].data_source, "small-validation");
  assert.equal(read[1].extra_info, { split: "validation", index: 1, id: "v1" });
  assert.is(read[1].prompt.at(-1).role, "user");
  const label = labelledProblem({ name: "small", task: train }, read[1].reward_model.ground_truth, []);
  assert.equal(label, validation.problems[1]!);
});

test("paths are absolute, also where the folder lies elsewhere on the cluster; the seed stands at all its keys", () => {
  const result = exported({ seed: 7, clusterFolder: "/shared/it's here" });
  const values = valuesOf(result);
  assert.is(values["data.train_files"], "'/shared/it\\'s here/train.json'");
  for (const key of ["default_local_dir", "rollout_data_dir", "validation_data_dir"])
    assert.match(values[`trainer.${key}`]!, /^'\/shared\//, key);
  for (const key of ["data.seed", "actor_rollout_ref.actor.data_loader_seed", "actor_rollout_ref.rollout.seed"])
    assert.is(values[key], "7", key);
  assert.ok(Object.values(result.files).every((file) => isAbsolute(file) && existsSync(file)));
  assert.match(readFileSync(result.files.shim, "utf8"), /http:\/\/10\.0\.0\.5:8000/);
});

test("the script gives verl the arguments as they are, whatever the shell makes of quotes and spaces", () => {
  const folder = join(temporaryFolder(), "it's $HOME here");
  const { files, arguments: words } = exported({ folder });
  const recorded = execFileSync(
    "bash",
    ["-c", `python3() { printf '%s\\0' "$@"; exit 0; }; exec() { "$@"; }; source "$0" extra=1`, files.script],
    { encoding: "utf8" },
  );
  assert.equal(recorded.split("\0").slice(0, -1), ["-m", "verl.trainer.main_ppo", ...words, "extra=1"]);
});

test("one task: verl is given the training rows to open, and never validates", () => {
  const values = valuesOf(exported({}, train));
  assert.is(values["data.val_files"], values["data.train_files"]);
  assert.is(values["trainer.test_freq"], "-1");
  assert.is(values["trainer.val_before_train"], "False");
});

test("steps: as many epochs as they need; 96 problems in batches of 64 are one step an epoch", () => {
  const values = valuesOf(exported({ steps: 30 }));
  assert.is(values["trainer.total_training_steps"], "30");
  assert.is(values["trainer.total_epochs"], "30");
});

test("what is not supported is refused by its name, with what is; nothing is written", () => {
  const folder = join(temporaryFolder(), "out");
  const refused = (options: object, message: RegExp) =>
    assert.throws(() => exported({ folder, ...options } as Partial<VerlOptions>), message);
  refused({ version: "0.6" }, /version is "0\.6".*Supported: 0\.7, 0\.7\.0, 0\.7\.1, 0\.8/);
  refused({ version: "0.11" }, /version is "0\.11".*0\.10/);
  refused({ algorithm: "gspo" }, /algorithm is "gspo".*Supported: ppo, grpo/);
  refused({ algorithm: dapo() }, /algorithm is "dapo".*Supported: ppo, grpo/);
  refused({ algorithm: grpo({ klTarget: 0.1 }) }, /adaptive.*checkpoints lose it/);
  refused({ preset: "pubmd" }, /preset is "pubmd".*Did you mean pubmed/);
  refused({ rewardUrl: "localhost:8000" }, /rewardUrl is "localhost:8000"/);
  refused({ clusterFolder: "runs/1" }, /clusterFolder is "runs\/1".*absolute/);
  refused({ gpus: 3 }, /gpus is 3, and tensorParallel 2/);
  refused({ batchSize: 128 }, /batchSize is 128, and small has 96 problems/);
  refused({ learningrate: 1 }, /unknown setting "learningrate".*learningRate/);
  refused({ seed: 1.5 }, /seed is 1\.5; it must be a whole number/);
  refused({ folder: `${folder}/\${a}` }, /\$\{.*Rename it/);
  assert.not.ok(existsSync(folder));
});

test("an export says where its files lie on the cluster, and how many GPUs it takes, in file and record", () => {
  const result = exported({ clusterFolder: "/mnt/runs/1", gpus: 4, nodes: 2 });
  const { clusterFolder, gpus, nodes, rewardUrl } = result;
  assert.equal([clusterFolder, gpus, nodes, rewardUrl], ["/mnt/runs/1", 4, 2, "http://10.0.0.5:8000"]);
  const { folder: _, files, ...written } = result;
  assert.equal(JSON.parse(readFileSync(files.settings, "utf8")), written);
});

test("a second export replaces the first one whole and leaves nothing beside it", () => {
  const folder = temporaryFolder();
  exported({ folder });
  const { files } = exported({ folder, version: "0.8" });
  assert.is(JSON.parse(readFileSync(files.settings, "utf8")).version, "0.8");
  assert.equal(readdirSync(folder).sort(), ["reward_shim.py", "run.sh", "train.json", "validation.json", "verl.json"]);
});

test.run();

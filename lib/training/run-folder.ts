import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../core/atomic";
import { CorruptData } from "../core/errors";
import { moveAside } from "../core/move-aside";
import { tf } from "../models/backend/tf";
import { readSafetensors, writeSafetensors, type LazyArray } from "../models/safetensors";
import type { PPOConfig } from "./ppo-config";
import type { TrainingStep } from "./ppo-metrics";
import type { PPOParts } from "./ppo";

/**
 * A run on disk: config.json, metrics.jsonl (same seed, same bytes), timing.jsonl, and checkpoint-N folders that
 * are complete or absent. Every random stream is a function of the seed and the step, so a checkpoint needs none.
 */
export interface RunFolder {
  readonly step: number; // finished steps found on disk; 0 at a fresh start
  log(metrics: TrainingStep): void;
  save(step: number): void;
  /** Saves the last finished step unless it is saved already. */
  close(finished: number): void;
}

const checkpointName = /^checkpoint-(\d+)$/;

export function runFolder(folder: string, { config, parts, resume }: { config: PPOConfig; parts: PPOParts; resume: boolean }): RunFolder {
  if (!resume) moveAside(folder);
  mkdirSync(folder, { recursive: true });
  const files = { config: join(folder, "config.json"), metrics: join(folder, "metrics.jsonl"), timing: join(folder, "timing.jsonl") };
  let saved = resume ? Math.max(0, ...checkpoints(folder)) : 0;
  if (saved) {
    checkConfig(files.config, config);
    load(join(folder, `checkpoint-${saved}`), parts);
    for (const file of [files.metrics, files.timing]) keepSteps(file, saved);
  } else {
    writeAtomic(files.config, `${JSON.stringify(config, null, 2)}\n`);
    for (const file of [files.metrics, files.timing]) writeAtomic(file, "");
  }
  const save = (step: number) => {
    const target = join(folder, `checkpoint-${step}`);
    const part = `${target}.tmp`;
    rmSync(part, { recursive: true, force: true });
    write(part, parts, step);
    rmSync(target, { recursive: true, force: true });
    renameSync(part, target);
    for (const old of checkpoints(folder)) if (old !== step) rmSync(join(folder, `checkpoint-${old}`), { recursive: true, force: true });
    saved = step;
  };
  return {
    step: saved,
    log(metrics) {
      const isTiming = ([name]: [string, number]) => name.startsWith("timing_s/") || name === "perf/throughput";
      const entries = Object.entries(metrics);
      appendFileSync(files.metrics, `${JSON.stringify(Object.fromEntries(entries.filter((entry) => !isTiming(entry))))}\n`);
      appendFileSync(files.timing, `${JSON.stringify(Object.fromEntries([["step", metrics.step], ...entries.filter(isTiming)]))}\n`);
    },
    save,
    close(finished) {
      if (finished > saved) save(finished);
    },
  };
}

const checkpoints = (folder: string): number[] => (existsSync(folder) ? readdirSync(folder) : []).flatMap((name) => checkpointName.exec(name)?.slice(1).map(Number) ?? []);

/** Settings that may change when a run goes on: its length, and how it fits into memory. */
const free: readonly string[] = ["steps", "microBatch", "checkpoint"] satisfies (keyof PPOConfig)[];

/** A run goes on with the settings it began with. */
function checkConfig(file: string, config: PPOConfig): void {
  let began: Record<string, unknown>;
  try {
    began = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new CorruptData(file, cause instanceof Error ? cause.message : String(cause), "Without the settings the run cannot go on: start in another folder.", { cause });
  }
  for (const [name, value] of Object.entries(JSON.parse(JSON.stringify(config)) as Record<string, unknown>)) {
    if (!free.includes(name) && began[name] !== value) {
      throw new RangeError(`ppo: the run in ${file} began with ${name} ${JSON.stringify(began[name])}, not ${JSON.stringify(value)}. Resume with its settings, or start in another folder.`);
    }
  }
}

function keepSteps(file: string, last: number): void {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const kept = lines.filter((line) => Number(/^\{"step":(\d+)[,}]/.exec(line)?.[1]) <= last && line.endsWith("}")); // a crash may have cut the last
  writeAtomic(file, kept.map((line) => `${line}\n`).join(""));
}

const pairs = ({ policy, critic, reference, actorOptimizer, criticOptimizer }: PPOParts) => ({
  variables: { policy: policy.variables, critic: critic.variables, reference: reference.variables },
  optimizers: { "policy-optimizer": actorOptimizer, "critic-optimizer": criticOptimizer },
});

/** Each is read when it is written, so that memory holds one at a time. */
const arraysOf = (tensors: readonly tf.Tensor[]): Record<string, LazyArray> =>
  Object.fromEntries(tensors.map((tensor, i) => [String(i), { shape: tensor.shape, data: () => tensor.dataSync() as Float32Array }]));

function write(folder: string, parts: PPOParts, step: number): void {
  const { variables, optimizers } = pairs(parts);
  for (const [name, tensors] of Object.entries(variables)) writeSafetensors(join(folder, `${name}-state.safetensors`), arraysOf(tensors));
  for (const [name, optimizer] of Object.entries(optimizers)) writeSafetensors(join(folder, `${name}.safetensors`), optimizer.state());
  parts.policy.save(join(folder, "policy")); // the same weights, as transformers reads them
  writeAtomic(join(folder, "state.json"), `${JSON.stringify({ step })}\n`);
}

function load(folder: string, parts: PPOParts): void {
  const { variables, optimizers } = pairs(parts);
  for (const [name, tensors] of Object.entries(variables)) {
    const file = join(folder, `${name}-state.safetensors`);
    const arrays = readSafetensors(file);
    tensors.forEach((tensor, i) => {
      const array = arrays[i];
      if (!array || String(array.shape) !== String(tensor.shape)) throw new CorruptData(file, `tensor ${i} is [${array?.shape}]; this model's is [${tensor.shape}]`, "Resume with the model the run began with.");
      tf.tidy(() => (tensor as tf.Variable).assign(tf.tensor(array.data, [...array.shape])));
    });
  }
  for (const [name, optimizer] of Object.entries(optimizers)) optimizer.restore(readSafetensors(join(folder, `${name}.safetensors`)));
}

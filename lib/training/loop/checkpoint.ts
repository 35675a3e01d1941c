import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import { tf } from "../../backend/tf";
import { readSafetensors, writeSafetensors, type LazyArray } from "../../models/checkpoints/safetensors/safetensors";
import type { PPOParts } from "./learners";

/**
 * A checkpoint: the folder checkpoint-N of a run, complete or absent. It holds all that the run needs to go on as if it
 * had never stopped, and the policy as transformers reads it. Random streams need no state: they are named by the step.
 */
const names = {
  variables: ["policy", "critic", "reference"].map((name) => `${name}-state.safetensors`),
  optimizers: ["policy-optimizer.safetensors", "critic-optimizer.safetensors"],
  policy: "policy",
  state: "state.json",
} as const;
const known: readonly string[] = [...names.variables, ...names.optimizers, names.policy, names.state];

const checkpointName = /^checkpoint-(\d+)$/;
const checkpointFolder = (folder: string, step: number): string => join(folder, `checkpoint-${step}`);

/** What is in `folder` that no checkpoint has, whole or half written; undefined where there is nothing. */
const foreignIn = (folder: string): string | undefined =>
  statSync(folder).isDirectory()
    ? readdirSync(folder).find(
        (name) => !known.some((own) => name === own || (name.startsWith(`${own}.`) && name.endsWith(".tmp"))),
      )
    : "it is a file";

/** Whether `folder` was written as a checkpoint, even if somebody has put a file of their own into it since. */
const isOurs = (folder: string): boolean =>
  foreignIn(folder) === undefined || hasKeys(join(folder, names.state), ["step"]);

const numbered = (folder: string): number[] =>
  (existsSync(folder) ? readdirSync(folder) : []).flatMap(
    (name) => checkpointName.exec(name)?.slice(1).map(Number) ?? [],
  );

/** Steps of the checkpoints in `folder`. */
export const checkpoints = (folder: string): number[] =>
  numbered(folder).filter((step) => isOurs(checkpointFolder(folder, step)));

/** Throws RangeError for a folder that is called as a checkpoint and is somebody else's: a run would come to write there. */
export function expectOwnCheckpoints(folder: string): void {
  for (const own of numbered(folder).map((step) => checkpointFolder(folder, step))) {
    if (!isOurs(own))
      throw new RangeError(
        `ppo: ${own} is no checkpoint of ours (${foreignIn(own)}), and this run would write one there. It was left as it is: move it elsewhere, or name another folder.`,
      );
  }
}

/** Writes checkpoint `step`, then removes the ones before it. */
export function writeCheckpoint(folder: string, step: number, parts: PPOParts): void {
  const target = checkpointFolder(folder, step);
  const part = `${target}.tmp`;
  removeCheckpoint(part);
  write(part, parts, step);
  removeCheckpoint(target);
  renameSync(part, target);
  for (const old of checkpoints(folder)) if (old !== step) removeCheckpoint(checkpointFolder(folder, old));
}

/** Removes checkpoints that a process was killed while it wrote. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.endsWith(".tmp") && checkpointName.test(name.slice(0, -".tmp".length)))
      removeCheckpoint(join(folder, name));
}

/** Removes a checkpoint; one into which somebody has put something stays. */
function removeCheckpoint(folder: string): void {
  if (existsSync(folder) && foreignIn(folder) === undefined) rmSync(folder, { recursive: true });
}

const pairs = ({ policy, critic, reference, actorOptimizer, criticOptimizer }: PPOParts) => ({
  variables: [policy, critic, reference].map(({ variables }, i) => [names.variables[i]!, variables] as const),
  optimizers: [actorOptimizer, criticOptimizer].map((optimizer, i) => [names.optimizers[i]!, optimizer] as const),
});

/** Each is read when it is written, so that memory holds one at a time. */
const arraysOf = (tensors: readonly tf.Tensor[]): Record<string, LazyArray> =>
  Object.fromEntries(
    tensors.map((tensor, i) => [String(i), { shape: tensor.shape, data: () => tensor.dataSync() as Float32Array }]),
  );

function write(folder: string, parts: PPOParts, step: number): void {
  const { variables, optimizers } = pairs(parts);
  for (const [name, tensors] of variables) writeSafetensors(join(folder, name), arraysOf(tensors));
  for (const [name, optimizer] of optimizers) writeSafetensors(join(folder, name), optimizer.state());
  parts.policy.save(join(folder, names.policy)); // the same weights, as transformers reads them
  writeAtomic(join(folder, names.state), `${JSON.stringify({ step })}\n`);
}

/** Gives `parts` the values of checkpoint `step`. Throws CorruptData naming the file. */
export function loadCheckpoint(run: string, step: number, parts: PPOParts): void {
  const folder = checkpointFolder(run, step);
  const { variables, optimizers } = pairs(parts);
  for (const [name, tensors] of variables) {
    const file = join(folder, name);
    const arrays = readSafetensors(file);
    tensors.forEach((tensor, i) => {
      const array = arrays[i];
      if (!array || String(array.shape) !== String(tensor.shape))
        throw new CorruptData(
          file,
          `tensor ${i} is [${array?.shape}]; this model's is [${tensor.shape}]`,
          "Resume with the model the run began with.",
        );
      tf.tidy(() => (tensor as tf.Variable).assign(tf.tensor(array.data, [...array.shape])));
    });
  }
  for (const [name, optimizer] of optimizers) optimizer.restore(readSafetensors(join(folder, name)));
}

/** Whether `file` is JSON that has all of `keys`. */
export function hasKeys(file: string, keys: readonly string[]): boolean {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as unknown;
    return typeof value === "object" && value !== null && keys.every((key) => key in value);
  } catch {
    return false; // absent, or no JSON: not what is looked for
  }
}

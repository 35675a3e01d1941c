import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { tf } from "../../backend/tf";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import {
  readSafetensors,
  writeSafetensors,
  type LazyArray,
  type NamedArray,
} from "../../models/checkpoints/safetensors/safetensors";
import type { Optimizer } from "../optimizer";
import { areServed, type RunLearners } from "../loop/learners";
import { criticVariables, policyVariables, type NamedVariables } from "./named-variables";

/**
 * A checkpoint: the folder checkpoint-N of a run, which is complete or absent. It holds all that the run needs to
 * continue as if it had never stopped, and the policy as transformers reads it. Tensors are stored by name. Random
 * streams have no state to store: they are functions of the seed and the step, and the step is also the position in the
 * problems.
 */
const names = {
  variables: ["policy", "critic", "reference"].map((name) => `${name}-state.safetensors`),
  optimizers: ["policy-optimizer.safetensors", "critic-optimizer.safetensors"],
  policy: "policy",
  state: "state.json",
} as const;
const referenceFile = "reference-state.safetensors";
const known: readonly string[] = [...names.variables, ...names.optimizers, names.policy, names.state];

/** The layout of a checkpoint. Those of earlier versions, which have no number, are read too. */
const layout = 1;

/** The values of a checkpoint besides tensors. */
export interface RunState {
  readonly step: number; // finished steps
  readonly beta?: number | undefined; // coefficient of the KL penalty after that step; earlier versions had none
  readonly best?: BestValidation | undefined; // of the validations until then
  readonly served?: ServedState | undefined; // of a policy that lives on a server
}

/** Where the weights of a checkpoint are, if they are not in it. */
export interface ServedState {
  readonly weights: string; // the path of the save on the server: weights and moments
  readonly reference: string | null; // the save that the reference policy is of; null is the untrained model
}

/** The validation with the largest mean reward so far. */
export interface BestValidation {
  readonly step: number;
  readonly reward: number;
  readonly first: number; // mean reward of the run's first validation
}

const checkpointName = /^checkpoint-(\d+)$/;
const checkpointFolder = (folder: string, step: number): string => join(folder, `checkpoint-${step}`);

/** The first entry of `folder` that belongs to no checkpoint, complete or partial; undefined if there is none. */
const foreignIn = (folder: string): string | undefined =>
  statSync(folder).isDirectory()
    ? readdirSync(folder).find(
        (name) => !known.some((own) => name === own || (name.startsWith(`${own}.`) && name.endsWith(".tmp"))),
      )
    : "it is a file";

/** Whether `folder` was written as a checkpoint, even if a user has added files since. */
const isOurs = (folder: string): boolean =>
  foreignIn(folder) === undefined || hasKeys(join(folder, names.state), ["step"]);

const numbered = (folder: string): number[] =>
  (existsSync(folder) ? readdirSync(folder) : []).flatMap(
    (name) => checkpointName.exec(name)?.slice(1).map(Number) ?? [],
  );

/** Steps of the checkpoints in `folder`. */
export const checkpoints = (folder: string): number[] =>
  numbered(folder).filter((step) => isOurs(checkpointFolder(folder, step)));

/**
 * Throws RangeError for a folder that has the name of a checkpoint and is none, since the run would have to write
 * there.
 */
export function expectOwnCheckpoints(where: string, folder: string): void {
  for (const own of numbered(folder).map((step) => checkpointFolder(folder, step))) {
    if (!isOurs(own))
      throw new RangeError(
        `${where}: ${own} is no checkpoint of ours (${foreignIn(own)}), and this run would write one there. It was ` +
          "left as it is: move it elsewhere, or name another folder.",
      );
  }
}

/** Writes checkpoint `state.step`, then removes the others except those of the steps in `keep`. */
export function writeCheckpoint(
  folder: string,
  state: RunState,
  learners: RunLearners,
  keep: readonly number[] = [],
): void {
  const target = checkpointFolder(folder, state.step);
  const before = checkpoints(folder)
    .filter((step) => step !== state.step)
    .map((step) => join(checkpointFolder(folder, step), referenceFile))
    .find((file) => existsSync(file));
  const part = `${target}.tmp`;
  removeCheckpoint(part);
  try {
    write(part, learners, state, before);
  } catch (error) {
    removeCheckpoint(part); // frees the space on a full disk; the earlier checkpoints stay
    throw error;
  }
  removeCheckpoint(target);
  renameSync(part, target);
  for (const old of checkpoints(folder))
    if (old !== state.step && !keep.includes(old)) removeCheckpoint(checkpointFolder(folder, old));
}

/** Removes checkpoints that a killed process has left incomplete. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.endsWith(".tmp") && checkpointName.test(name.slice(0, -".tmp".length)))
      removeCheckpoint(join(folder, name));
}

/** Removes a checkpoint. A checkpoint with files of a user stays. */
function removeCheckpoint(folder: string): void {
  if (existsSync(folder) && foreignIn(folder) === undefined) rmSync(folder, { recursive: true });
}

/** The models and optimizers of a run, with their files and the names of their variables. */
function partsOf(learners: RunLearners) {
  if (areServed(learners)) return { variables: [], optimizers: [] }; // they are on the server
  const { policy, critic, reference, policyOptimizer, criticOptimizer } = learners;
  const [policyFile, criticFile, referenceFile] = names.variables;
  const [policyMoments, criticMoments] = names.optimizers;
  const own = policyVariables(policy);
  const critics = critic && criticVariables(critic, policy);
  return {
    variables: [
      [policyFile!, own] as const,
      ...(critics ? [[criticFile!, critics] as const] : []),
      ...(reference ? [[referenceFile!, policyVariables(reference)] as const] : []),
    ],
    optimizers: [
      [policyMoments!, policyOptimizer, Object.keys(own)] as const,
      ...(criticOptimizer && critics ? [[criticMoments!, criticOptimizer, Object.keys(critics)] as const] : []),
    ],
  };
}

/** Reads each array when it is written, so that memory holds one at a time. */
const arraysOf = (variables: NamedVariables): Record<string, LazyArray> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: () => tensor.dataSync() as Float32Array },
    ]),
  );

/** The moments of an optimizer, "first.3", by the names of the variables: "first.layers.0.qkv". */
const momentNames = (variables: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    variables.flatMap((name, i) => ["first", "second"].map((moment) => [`${moment}.${i}`, `${moment}.${name}`])),
  );

/** `arrays` under other names. Their numbers are read when they are asked for. */
function renamed(
  arrays: Readonly<Record<string, NamedArray>>,
  to: (name: string) => string,
): Record<string, NamedArray> {
  const result: Record<string, NamedArray> = {};
  for (const name of Object.keys(arrays)) result[to(name)] = arrays[name]!;
  return result;
}

/**
 * @param reference file of an earlier checkpoint of the run. Its reference policy never changes, so that the file is
 *   linked and not written again
 */
function write(folder: string, learners: RunLearners, state: RunState, reference: string | undefined): void {
  const { variables, optimizers } = partsOf(learners);
  for (const [file, tensors] of variables)
    if (file !== referenceFile || reference === undefined || !linked(reference, join(folder, file)))
      writeSafetensors(join(folder, file), arraysOf(tensors));
  for (const [file, optimizer, own] of optimizers) {
    const to = momentNames(own);
    writeSafetensors(
      join(folder, file),
      renamed(optimizer.state(), (name) => to[name] ?? name),
    );
  }
  // the same weights, as transformers reads them
  if (!areServed(learners)) learners.policy.save(join(folder, names.policy));
  writeAtomic(join(folder, names.state), `${JSON.stringify({ ...state, version: layout })}\n`);
}

/** Gives a file a second name. Returns false where the file system has no links. */
function linked(from: string, to: string): boolean {
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false; // it is written instead
  }
}

/**
 * Sets `learners` to the values of checkpoint `step`. It also reads checkpoints of earlier versions, which store
 * tensors by position instead of name. Throws CorruptData naming the file and the tensor; some of the learners may then
 * hold values of the checkpoint.
 */
export function loadCheckpoint(run: string, step: number, learners: RunLearners): RunState {
  const folder = checkpointFolder(run, step);
  const { version = 0, ...state } = readState(join(folder, names.state));
  if (version > layout)
    throw new CorruptData(
      join(folder, names.state),
      `it was written in layout ${version}, and this version of deepretrieval reads ${layout} and earlier ones`,
      "Update deepretrieval, or resume from an earlier checkpoint.",
    );
  const { variables, optimizers } = partsOf(learners);
  const read = variables.map(([name, own]) => {
    const file = join(folder, name);
    return { own, arrays: checkedArrays(file, own) };
  });
  for (const { own, arrays } of read)
    for (const [name, variable] of Object.entries(own))
      tf.tidy(() => variable.assign(tf.tensor(arrays[name]!.data, [...arrays[name]!.shape])));
  for (const [file, optimizer, own] of optimizers) restoreMoments(optimizer, join(folder, file), own);
  return { ...state, step };
}

/**
 * The arrays of a file by the names of `variables`. Throws CorruptData unless the file has exactly these arrays in
 * their shapes.
 */
function checkedArrays(file: string, variables: NamedVariables): Record<string, NamedArray> {
  const arrays = readSafetensors(file);
  const own = Object.keys(variables);
  const byPlace = "0" in arrays; // as earlier versions wrote them
  const nameIn = (name: string, i: number) => (byPlace ? String(i) : name);
  const foreign = Object.keys(arrays).find((name) => !own.some((known, i) => nameIn(known, i) === name));
  if (foreign !== undefined)
    throw new CorruptData(file, `this model has no tensor ${foreign}`, "Resume with the model the run began with.");
  return Object.fromEntries(
    own.map((name, i) => {
      const array = arrays[nameIn(name, i)];
      const { shape } = variables[name]!;
      if (!array || String(array.shape) !== String(shape))
        throw new CorruptData(
          file,
          `tensor ${nameIn(name, i)} is ${array ? `[${array.shape}]` : "absent"}; this model's is [${shape}]`,
          "Resume with the model the run began with.",
        );
      return [name, array];
    }),
  );
}

function restoreMoments(optimizer: Optimizer, file: string, variables: readonly string[]): void {
  const arrays = readSafetensors(file);
  const places = Object.fromEntries(Object.entries(momentNames(variables)).map(([place, name]) => [name, place]));
  try {
    optimizer.restore(renamed(arrays, (name) => places[name] ?? name));
  } catch (cause) {
    throw new CorruptData(file, (cause as Error).message, "Resume with the model the run began with.", { cause });
  }
}

function readState(file: string): Partial<RunState> & { readonly version?: number } {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Partial<RunState> & { readonly version?: number };
  } catch (cause) {
    throw new CorruptData(file, (cause as Error).message, "Remove this checkpoint, and resume from the one before.", {
      cause,
    });
  }
}

/** Whether `file` is JSON that has all of `keys`. */
export function hasKeys(file: string, keys: readonly string[]): boolean {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as unknown;
    return typeof value === "object" && value !== null && keys.every((key) => key in value);
  } catch {
    return false; // the file is absent, or no JSON
  }
}

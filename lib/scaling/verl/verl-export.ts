import { existsSync } from "node:fs";
import { join, posix, win32 } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { ownFolder } from "../../core/files/own-folder";
import type { Task } from "../../core/roles";
import { projectPath } from "../../data/paths";
import { verlShim } from "../../serving/wires/verl-shim";
import { verlOverrides, type VerlPaths } from "./arguments";
import { hydraArguments } from "./hydra";
import { verlRows } from "./rows";
import { runScript } from "./run-script";
import { type VerlOptions, verlRun } from "./settings";
import { keysOf } from "./versions";

/** What `verlExport` wrote. */
export interface VerlExport {
  readonly folder: string; // absolute
  readonly clusterFolder: string; // absolute, where the files have to lie on the cluster
  readonly version: string;
  readonly gpus: number; // of all nodes together
  readonly nodes: number;
  readonly rewardUrl: string;
  readonly arguments: readonly string[]; // of `python3 -m verl.trainer.main_ppo`, without quotes of a shell
  readonly rows: { readonly train: number; readonly validation: number };
  readonly files: {
    readonly train: string;
    readonly validation: string;
    readonly shim: string; // compute_score, which asks the reward server
    readonly script: string;
    readonly settings: string; // the arguments and the version, as JSON
  };
}

/**
 * Writes an experiment for verl: data, reward function, launch arguments and a script that starts it.
 *
 * ```ts
 * verlExport(
 *   { train: await pubmed(), validation: await pubmed({ split: "validation" }) },
 *   { folder: "data/verl/pubmed-3b", version: "0.9", preset: "pubmed", rewardUrl: "http://10.0.0.5:8000" },
 * );
 * ```
 *
 * The data are JSON Lines in files named `.json`, which verl reads from 0.7.0 on. Rewards are those of the task: start
 * `deepretrieval serve --task …` or `rewardService` at `rewardUrl`. A reward that is missing is never trained on: the
 * reward function asks again for about half an hour, then verl 0.9 and later draw another prompt, and earlier versions
 * stop and go on from the last checkpoint when the script is started again.
 *
 * The conventions of the loss are verl's own: it bounds |log ρ| at 20. With `lora` the policy has adapters; the critic
 * of PPO trains all its weights. Prompts are sent as messages, so that the model opens its reasoning itself.
 *
 * Without a validation task verl is given the training rows to open, and never validates.
 *
 * Nothing is written before everything was checked; each file is written whole. An export that is there is replaced,
 * and what lies beside it stays. Throws RangeError for a version or an algorithm that is not supported, with those that
 * are, for numbers that do not divide, for a folder that holds something else, and for a problem without an id or a
 * question; TypeError where there is no task to train on.
 */
export function verlExport(
  task: Task | { readonly train: Task; readonly validation?: Task | undefined },
  options: VerlOptions,
): VerlExport {
  const run = verlRun(options);
  const { version, rewardUrl } = options;
  const keys = keysOf(version);
  expectUrl(rewardUrl);
  const { train, validation } = tasksIn(task);
  const folder = projectPath(options.folder);
  const cluster = options.clusterFolder ?? folder;
  if (!posix.isAbsolute(cluster) && !win32.isAbsolute(cluster))
    throw new RangeError(
      `verlExport: clusterFolder is ${JSON.stringify(cluster)}; it must be an absolute path, since a job starts in a ` +
        "folder that is deleted afterwards.",
    );
  const trainRows = verlRows(train, "train");
  const validationRows = validation ? verlRows(validation, "validation") : [];
  if (trainRows.length < run.batchSize)
    throw new RangeError(
      `verlExport: batchSize is ${run.batchSize}, and ${train.name} has ${trainRows.length} problems; verl leaves an ` +
        "incomplete batch out, and would have no step. Use a smaller batchSize or more problems.",
    );
  const paths = pathsIn(cluster, validation !== undefined);
  const data = { rows: trainRows.length, validates: validation !== undefined, name: train.name };
  const words = hydraArguments(verlOverrides(run, keys, paths, data));
  const files = {
    train: join(folder, "train.json"),
    validation: join(folder, validation ? "validation.json" : "train.json"),
    shim: join(folder, "reward_shim.py"),
    script: join(folder, "run.sh"),
    settings: join(folder, "verl.json"),
  };
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const script = runScript(cluster, version, words);
  ownFolder(folder, { where: "verlExport", what: "an export", ours: isExport }, { keep: true });
  writeAtomic(files.train, lines(trainRows));
  if (validation) writeAtomic(files.validation, lines(validationRows));
  writeAtomic(files.shim, verlShim(rewardUrl));
  writeAtomic(files.script, script);
  const rows = { train: trainRows.length, validation: validationRows.length };
  const { gpus, nodes } = run;
  const written = { version, clusterFolder: cluster, gpus, nodes, rewardUrl, rows, arguments: words };
  writeAtomic(files.settings, `${JSON.stringify(written, undefined, 2)}\n`);
  return { folder, ...written, files };
}

/** The two tasks. Throws TypeError where there is none to train on. */
function tasksIn(given: Parameters<typeof verlExport>[0]): { readonly train: Task; readonly validation?: Task } {
  const { train, validation } = (isTask(given) ? { train: given } : (given ?? {})) as Partial<Record<string, Task>>;
  if (!isTask(train))
    throw new TypeError(
      `verlExport: there is no task to train on: ${train === undefined ? "train is missing" : "train is no task"}. ` +
        'Pass a task of the training split, such as await pubmed({ split: "train" }), or { train, validation }.',
    );
  if (validation !== undefined && !isTask(validation))
    throw new TypeError("verlExport: validation is no task. Leave it out, or pass a task of the validation split.");
  return { train, ...(validation && { validation }) };
}

const isTask = (given: unknown): given is Task =>
  typeof given === "object" && given !== null && "problems" in given && "prompt" in given;

/** Whether a folder holds an export, which may be replaced. */
const isExport = (folder: string): boolean => existsSync(join(folder, "verl.json"));

const pathsIn = (cluster: string, validates: boolean): VerlPaths => {
  const at = (name: string) => `${cluster.replace(/\/+$/, "")}/${name}`;
  return {
    train: at("train.json"),
    validation: at(validates ? "validation.json" : "train.json"),
    shim: at("reward_shim.py"),
    checkpoints: at("checkpoints"),
    rollouts: at("rollouts"),
    validations: at("validations"),
  };
};

function expectUrl(url: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new RangeError(
      `verlExport: rewardUrl is ${JSON.stringify(url)}; it must be the address of a reward server, such as ` +
        '"http://10.0.0.5:8000".',
    );
}

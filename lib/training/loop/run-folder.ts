import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import { ownFolder } from "../../core/files/own-folder";
import {
  checkpoints,
  expectOwnCheckpoints,
  hasKeys,
  loadCheckpoint,
  removeUnfinished,
  writeCheckpoint,
} from "./checkpoint";
import { ppoDefaults, type PPOConfig } from "../algorithms/ppo-config";
import type { TrainingStep } from "./step-metrics";
import { rolloutLog, type RolloutLog } from "./rollout-log";
import type { PPOParts } from "./learners";

/**
 * A run on disk: config.json, metrics.jsonl (same seed, same bytes), timing.jsonl, rollouts.jsonl, validation.jsonl where the run is validated, and checkpoint-N folders
 * that are complete or absent. Every random stream is a function of the seed and the step, so a checkpoint needs none.
 */
export interface RunFolder {
  readonly step: number; // finished steps in the checkpoint that was found; 0 at a fresh start
  readonly logged: number; // finished steps whose metrics were there: those after `step` are run again, with the same rollouts
  readonly rollouts: RolloutLog;
  readonly validations: RolloutLog; // the same of every validation, in validation.jsonl
  readonly files: Readonly<Record<"rollouts" | "validation", string>>;
  /** Whether a checkpoint now takes 2 % of the time since the last one at most. The first step's is always due. */
  isDue(): boolean;
  log(metrics: TrainingStep): void;
  save(step: number): void;
  /** Saves the last finished step unless it is saved already. */
  close(finished: number): void;
}

/** Settings whose names together say that a config.json is a run's, and not a model's. */
const marks: readonly string[] = [
  "steps",
  "miniBatch",
  "klCoefficient",
  "criticLearningRate",
] satisfies (keyof PPOConfig)[];

const holdsRun = (folder: string): boolean =>
  hasKeys(join(folder, "config.json"), marks) ||
  (existsSync(join(folder, "metrics.jsonl")) && existsSync(join(folder, "timing.jsonl")));

/**
 * Opens the folder of a run. A run that is there already is moved aside, with all that is in its folder; a folder that holds
 * anything else is refused (RangeError), and nothing in it is changed.
 */
export function runFolder(
  path: string,
  { config, parts, resume }: { config: PPOConfig; parts: PPOParts; resume: boolean },
): RunFolder {
  if (resume) expectCheckpoint(path);
  const folder = ownFolder(path, { where: "ppo", what: "a run", ours: holdsRun }, { keep: resume });
  const files = {
    config: join(folder, "config.json"),
    metrics: join(folder, "metrics.jsonl"),
    timing: join(folder, "timing.jsonl"),
    rollouts: join(folder, "rollouts.jsonl"),
    validation: join(folder, "validation.jsonl"),
  };
  expectOwnCheckpoints(folder);
  let saved = Math.max(0, ...checkpoints(folder));
  removeUnfinished(folder);
  const logged = saved ? lastStep(files.metrics) : 0;
  if (saved) {
    checkConfig(files.config, config);
    loadCheckpoint(folder, saved, parts);
    writeAtomic(files.config, `${JSON.stringify(config, null, 2)}\n`); // with what has changed
    for (const file of [files.metrics, files.timing]) keepSteps(file, saved);
  } else {
    writeAtomic(files.config, `${JSON.stringify(config, null, 2)}\n`);
    for (const file of [files.metrics, files.timing]) writeAtomic(file, "");
  }
  let last: { readonly at: number; readonly took: number } | undefined; // the newest checkpoint of this process, milliseconds
  const save = (step: number) => {
    const began = performance.now();
    writeCheckpoint(folder, step, parts);
    const at = performance.now();
    last = { at, took: at - began };
    saved = step;
  };
  return {
    step: saved,
    logged,
    rollouts: rolloutLog(files.rollouts, saved),
    validations: rolloutLog(files.validation, saved),
    files,
    isDue: () => last === undefined || last.took <= timeShare * (performance.now() - last.at),
    log(metrics) {
      const isTiming = ([name]: [string, number]) => name.startsWith("timing_s/") || name === "perf/throughput";
      const entries = Object.entries(metrics).filter(([name]) => !unlogged.includes(name));
      appendFileSync(
        files.metrics,
        `${JSON.stringify(Object.fromEntries(entries.filter((entry) => !isTiming(entry))))}\n`,
      );
      appendFileSync(
        files.timing,
        `${JSON.stringify(Object.fromEntries([["step", metrics.step], ...entries.filter(isTiming)]))}\n`,
      );
    },
    save,
    close(finished) {
      if (finished > saved) save(finished);
    },
  };
}

/** Metrics for the display, which rollouts.jsonl tells as well: metrics.jsonl has verl's. */
const unlogged: readonly string[] = ["reward/std"];

/** Settings that may change when a run goes on: its length, and what changes no number of the training. */
const free: readonly string[] = [
  "steps",
  "microBatch",
  "checkpoint",
  "searches",
  "saveEvery",
  "validateEvery",
] satisfies (keyof PPOConfig)[];

/** A run goes on with the settings it began with. */
function checkConfig(file: string, config: PPOConfig): void {
  let began: Record<string, unknown>;
  try {
    began = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new CorruptData(
      file,
      cause instanceof Error ? cause.message : String(cause),
      "Without the settings the run cannot go on: start in another folder.",
      { cause },
    );
  }
  const [wanted, defaults] = [config, ppoDefaults].map(
    (each) => JSON.parse(JSON.stringify(each)) as Record<string, unknown>,
  ); // JSON has no Infinity
  for (const [name, value] of Object.entries(wanted!)) {
    const before = name in began ? began[name] : defaults![name]; // a setting that there was not yet had no effect
    if (!free.includes(name) && before !== value) {
      throw new RangeError(
        `ppo: the run in ${file} began with ${name} ${JSON.stringify(before)}, not ${JSON.stringify(value)}. Resume with its settings, or start in another folder.`,
      );
    }
  }
}

/** The share of the wall clock that checkpoints between those of `saveEvery` may take. */
const timeShare = 0.02;

/** Throws RangeError where there is nothing to go on from: to begin anew in silence would hide that a folder is misspelt. */
function expectCheckpoint(folder: string): void {
  if (checkpoints(folder).length) return;
  const why = !existsSync(folder)
    ? "there is no such folder"
    : holdsRun(folder)
      ? "the run there was ended before its first checkpoint"
      : "it holds no run";
  throw new RangeError(
    `ppo: there is no checkpoint in ${folder} to resume from: ${why}. Leave resume out to begin a run there, or name the folder of the run.`,
  );
}

/** The last step in a file of metrics; 0 where there is none. */
function lastStep(file: string): number {
  const steps = (existsSync(file) ? readFileSync(file, "utf8").split("\n") : []).flatMap((line) =>
    line.endsWith("}") ? Number(stepOf(line)) : [],
  );
  return Math.max(0, ...steps.filter(Number.isInteger));
}

const stepOf = (line: string): string | undefined => /^\{"step":(\d+)[,}]/.exec(line)?.[1];

function keepSteps(file: string, last: number): void {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const kept = lines.filter((line) => Number(stepOf(line)) <= last && line.endsWith("}")); // a crash may have cut the last
  writeAtomic(file, kept.map((line) => `${line}\n`).join(""));
}

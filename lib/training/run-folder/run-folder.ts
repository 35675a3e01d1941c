import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { computing, type Computing } from "../../backend/choose";
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
  type RunState,
} from "./checkpoint";
import { expectUnlocked, lockFolder } from "./folder-lock";
import type { RunLearners } from "../loop/learners";
import { freeSettings } from "../loop/loop-config";
import { rolloutLog, type RolloutLog } from "./rollout-log";
import type { TrainingStep } from "../loop/training-step";

/**
 * A run on disk: config.json, metrics.jsonl (the same seed gives the same bytes), timing.jsonl, rollouts.jsonl,
 * validation.jsonl if the run is validated, and checkpoint-N folders that are complete or absent. Every random stream
 * is a function of the seed and the step, so a checkpoint stores none.
 */
export interface RunFolder {
  readonly step: number; // finished steps in the checkpoint that was found; 0 at a fresh start
  readonly state: RunState; // what that checkpoint holds besides tensors
  /**
   * Finished steps that the run has yielded, perhaps before its process was killed. Those after `step` are run again,
   * with the same rollouts, and are neither yielded nor logged twice.
   */
  readonly told: number;
  readonly rollouts: RolloutLog;
  readonly validations: RolloutLog; // the same of every validation, in validation.jsonl
  readonly files: Readonly<Record<"rollouts" | "validation", string>>;
  /**
   * Whether checkpoints take at most 2 % of the time since the folder was opened, with one more now. After the first
   * step it is always due.
   */
  isDue(): boolean;
  /**
   * Appends the metrics of a step unless it has them, before its checkpoint: what a checkpoint holds is always logged.
   */
  log(metrics: TrainingStep): void;
  /** Appends the times of a step unless it has them, after its checkpoint: the step is yielded next. */
  logTimes(metrics: TrainingStep): void;
  save(step: number, state?: Omit<RunState, "step">): void;
  /**
   * Sets the models and optimizers to the values of an earlier checkpoint, and returns what it holds besides tensors.
   * Returns undefined if there is no such checkpoint.
   */
  restore(step: number): RunState | undefined;
  /** Whether the newest checkpoint is older than step `finished`. */
  lacks(finished: number): boolean;
  /** Saves the last finished step unless it is saved already. */
  close(finished: number, state?: Omit<RunState, "step">): void;
  /** Lets other runs have the folder. */
  release(): void;
}

/** Options of the folder of a run. */
interface RunFolderOptions {
  readonly where?: string; // the function that errors name; "ppo" by default
  /** of the loop and of the algorithm, by name: config.json, which also names the backend and its precision */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly defaults: Readonly<Record<string, unknown>>; // of settings that an older run did not have yet
  readonly learners: RunLearners;
  readonly resume: boolean;
}

/** Names of settings that together identify the config.json of a run, as opposed to a model's. */
const marks: readonly (readonly string[])[] = [
  ["steps", "miniBatch", "klCoefficient", "criticLearningRate"],
  ["steps", "miniBatch", "algorithm"],
];

const holdsRun = (folder: string): boolean =>
  marks.some((own) => hasKeys(join(folder, "config.json"), own)) ||
  (existsSync(join(folder, "metrics.jsonl")) && existsSync(join(folder, "timing.jsonl")));

/**
 * Opens the folder of a run. An earlier run in it is moved aside with all files of the folder. A folder that holds
 * anything else is refused (RangeError) and not changed.
 */
export function runFolder(
  path: string,
  { where = "ppo", settings, defaults, learners, resume }: RunFolderOptions,
): RunFolder {
  if (resume) expectCheckpoint(where, path);
  expectUnlocked(where, path);
  const folder = ownFolder(path, { where, what: "a run", ours: holdsRun }, { keep: resume });
  const files = {
    config: join(folder, "config.json"),
    metrics: join(folder, "metrics.jsonl"),
    timing: join(folder, "timing.jsonl"),
    rollouts: join(folder, "rollouts.jsonl"),
    validation: join(folder, "validation.jsonl"),
  };
  expectOwnCheckpoints(where, folder);
  const lock = lockFolder(folder);
  const held = <Given extends unknown[], Made>(write: (...given: Given) => Made): ((...given: Given) => Made) => {
    return (...given) => {
      if (lock.isHeld()) return write(...given);
      throw new RangeError(
        `${where}: another run was begun in ${folder}, and this one writes no more. Give each run a folder of its own.`,
      );
    };
  };
  let position: RunStart;
  try {
    position = startOf(folder, files, { where, settings, defaults, learners });
  } catch (error) {
    lock.release();
    throw error;
  }
  let saved = position.state.step;
  const { state, logged, timed } = position;
  const opened = performance.now();
  let [spent, took] = [0, 0]; // milliseconds of all checkpoints since then, and of the newest one
  const kept = Number(settings.keep ?? 1);
  const save = (step: number, own: Omit<RunState, "step"> = {}) => {
    const began = performance.now();
    const newest = [...checkpoints(folder), step].sort((a, b) => b - a).slice(0, kept);
    writeCheckpoint(folder, { step, ...own }, learners, [...newest, ...(own.best ? [own.best.step] : [])]);
    took = performance.now() - began;
    spent += took;
    saved = step;
  };
  const guarded = (log: RolloutLog): RolloutLog => ({
    ...log,
    add: held(log.add),
    drop: (step) => lock.isHeld() && log.drop(step),
  });
  return {
    step: saved,
    state,
    told: Math.min(timed, logged),
    rollouts: guarded(rolloutLog(files.rollouts, saved)),
    validations: guarded(rolloutLog(files.validation, saved)),
    files,
    isDue: () => spent === 0 || spent + took <= timeShare * (performance.now() - opened),
    log: held((metrics) => {
      if (metrics.step <= logged) return;
      const entries = Object.entries(metrics).filter((entry) => !unlogged.includes(entry[0]) && !isTiming(entry));
      appendFileSync(files.metrics, `${JSON.stringify(Object.fromEntries(entries))}\n`);
    }),
    logTimes: held((metrics) => {
      if (metrics.step <= timed) return;
      const entries = Object.entries(metrics).filter(isTiming);
      appendFileSync(files.timing, `${JSON.stringify(Object.fromEntries([["step", metrics.step], ...entries]))}\n`);
    }),
    save: held(save),
    restore(step) {
      return checkpoints(folder).includes(step) ? loadCheckpoint(folder, step, learners) : undefined;
    },
    lacks: (finished) => finished > saved,
    close(finished, own) {
      if (finished > saved && lock.isHeld()) save(finished, own);
    },
    release: lock.release,
  };
}

/** Where a run begins. */
interface RunStart {
  readonly state: RunState; // of the newest checkpoint; step 0 where there is none
  readonly logged: number; // steps with metrics
  readonly timed: number; // steps with times
}

/** Sets the models to the newest checkpoint of a folder, if it has one, and its files to what belongs to it. */
function startOf(
  folder: string,
  files: Readonly<Record<"config" | "metrics" | "timing", string>>,
  { where = "ppo", settings, defaults, learners }: Omit<RunFolderOptions, "resume">,
): RunStart {
  const saved = Math.max(0, ...checkpoints(folder));
  removeUnfinished(folder);
  const before = saved ? checkSettings(where, files.config, settings, defaults) : {};
  const state = saved ? loadCheckpoint(folder, saved, learners) : { step: 0 };
  const wanted = Math.max(saved, Number(settings.steps ?? Infinity));
  const last = (file: string) => (saved ? Math.min(lastStep(file), wanted) : 0);
  const [logged, timed] = [last(files.metrics), last(files.timing)];
  keepSteps(files.metrics, logged);
  keepSteps(files.timing, timed);
  // with what has changed, and what computes: a run may go on elsewhere
  const computed = computedBy(where, folder, before, saved);
  writeAtomic(files.config, `${JSON.stringify({ ...settings, ...computed }, null, 2)}\n`);
  return { state, logged, timed };
}

/** What computed a run until some step. */
interface ComputedUntil extends Computing {
  readonly until: number;
}

/**
 * What config.json says of what computes the run, and of what did so before. Another device or precision rounds
 * otherwise, so that the run is no longer the one that it would have been: a warning says so.
 */
function computedBy(where: string, folder: string, began: Readonly<Record<string, unknown>>, saved: number) {
  const now = computing();
  const last = began["computing"] as Computing | undefined;
  const earlier = (began["computingBefore"] ?? []) as readonly ComputedUntil[];
  const isSame = !now || !last || inWords(now) === inWords(last);
  if (!isSame)
    process.emitWarning(
      `${where}: the run in ${folder} was computed by ${inWords(last)} up to step ${saved}, and goes on by ` +
        `${inWords(now)}. Its numbers are rounded otherwise from here on; config.json names both.`,
      "ResumeWarning",
    );
  const all = isSame ? earlier : [...earlier, { ...last, until: saved }];
  return { computing: now, ...(all.length > 0 && { computingBefore: all }) };
}

const inWords = ({ backend, device, precision }: Computing): string =>
  `${backend} on ${device === "gpu" ? "the card" : "the processor"} in ${precision}`;

/** Whether a metric is a time: it differs between two runs of one seed. */
const isTiming = ([name]: [string, number]): boolean => name.startsWith("timing_s/") || name === "perf/throughput";

/** Metrics that are only displayed. The rollouts have them too, and metrics.jsonl keeps to the names of verl. */
const unlogged: readonly string[] = ["reward/std"];

/** The settings that the run began with. Throws RangeError for one that differs. */
function checkSettings(
  where: string,
  file: string,
  settings: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
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
  const [wanted, usual] = [settings, defaults].map(
    (each) => JSON.parse(JSON.stringify(each)) as Record<string, unknown>,
  ); // JSON has no Infinity
  for (const [name, value] of Object.entries(wanted!)) {
    const before = name in began ? began[name] : usual![name]; // a setting that there was not yet had no effect
    if (!freeSettings.includes(name) && JSON.stringify(before) !== JSON.stringify(value)) {
      throw new RangeError(
        `${where}: the run in ${file} began with ${name} ${JSON.stringify(before)}, not ${JSON.stringify(value)}. ` +
          "Resume with its settings, or start in another folder.",
      );
    }
  }
  return began;
}

/** The share of the wall clock that checkpoints between those of `saveEvery` may take. */
const timeShare = 0.02;

/** Throws RangeError if there is no run to resume. To begin a new run would hide a misspelt folder. */
function expectCheckpoint(where: string, folder: string): void {
  if (checkpoints(folder).length) return;
  const why = !existsSync(folder)
    ? "there is no such folder"
    : holdsRun(folder)
      ? "the run there was ended before its first checkpoint"
      : "it holds no run";
  throw new RangeError(
    `${where}: there is no checkpoint in ${folder} to resume from: ${why}. Leave resume out to begin a run there, ` +
      "or name the folder of the run.",
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
  // a crash may have cut the last
  const kept = lines.filter((line) => Number(stepOf(line)) <= last && line.endsWith("}"));
  writeAtomic(file, kept.map((line) => `${line}\n`).join(""));
}

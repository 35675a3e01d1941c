import { settings } from "../core/settings";
import type { Task } from "../core/roles";
import { runOf, type Run } from "../core/run";
import { withTexts, type StepTexts } from "../core/written";
import type { Policy } from "../models/policy";
import { ppoAlgorithm } from "./algorithms/ppo";
import { loopDefaults, type LoopConfig } from "./loop/loop-config";
import { correctionOf, extrasRanges, trainingRun, type RunExtras } from "./loop/training-run";
import type { TrainingStep } from "./loop/training-step";
import { ppoDefaults, ppoRanges, type PPOConfig } from "./ppo-config";

/** Options of PPO besides numbers. */
export type PPOExtras = RunExtras;

/**
 * Proximal policy optimisation (Schulman et al. 2017) as DeepRetrieval's verl runs it: one response a prompt,
 * the score on its last token, a k1 KL penalty in the reward, GAE with a separate critic, whitened advantages;
 * the critic's updates, then the policy's. Trains `policy` in place and yields after every step.
 *
 * Two shortcuts change no number: the log-probabilities of the sampler serve as the old ones (same weights, same
 * precision), and prompts are padded to the longest of a batch, not to a fixed width.
 *
 * Stop iterating, or abort the signal, to stop; with a folder, the last finished step is then on disk. A process that
 * is killed loses the step under way at most: checkpoints are written every `saveEvery` steps and whenever they take 2
 * % of the time at most, and the steps after the last one are done again from the rollouts on disk, without sampling or
 * searching.
 *
 * The responses are kept with the steps and, with a folder, on disk: `rollouts` shows them.
 */
export function ppo(policy: Policy, task: Task, options: Partial<PPOConfig> & PPOExtras = {}): Run<TrainingStep> {
  const texts: StepTexts[] = [];
  return withTexts(runOf(steps(policy, task, options, texts), options?.steps ?? ppoDefaults.steps), texts);
}

async function* steps(
  policy: Policy,
  task: Task,
  options: Partial<PPOConfig> & PPOExtras,
  texts: StepTexts[],
): AsyncGenerator<TrainingStep, void> {
  const { critic, validation, folder, resume, signal, sampler, rolloutCorrection, ...overrides } = options;
  const config = settings("ppo", ppoDefaults, overrides, ppoRanges, Object.keys(extrasRanges));
  const given = Object.entries({ critic, validation, folder, resume, signal, sampler, rolloutCorrection }).filter(
    ([, value]) => value !== undefined,
  );
  const extras = Object.fromEntries(given) as RunExtras;
  const correction = correctionOf("ppo", extras);
  yield* trainingRun(
    policy,
    task,
    {
      where: "ppo",
      algorithm: ppoAlgorithm(choicesOf(config)),
      config: loopConfigOf(config),
      settings: { ...config, rolloutCorrection: correction ?? "none" },
      defaults: { ...ppoDefaults, rolloutCorrection: "none" },
      extras,
    },
    texts,
  );
}

const isLoops = (name: string): boolean => name in loopDefaults;

/** The settings of the loop. */
const loopConfigOf = (config: PPOConfig): LoopConfig =>
  Object.fromEntries(Object.entries(config).filter(([name]) => isLoops(name))) as LoopConfig;

/** The settings of the algorithm: those that are not the loop's. */
const choicesOf = (config: PPOConfig): Omit<PPOConfig, keyof LoopConfig> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !isLoops(name))) as Omit<PPOConfig, keyof LoopConfig>;

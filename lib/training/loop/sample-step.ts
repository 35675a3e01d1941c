import { random } from "../../core/random";
import type { Problem } from "../../core/records";
import type { Task } from "../../core/roles";
import type { Policy } from "../../models/policy";
import { isServed, type ServedPolicy } from "../served/served-policy";
import type { Algorithm } from "../algorithms/algorithm";
import { groupsWithSpread, lackingGroups } from "../shaping/dynamic-sampling";
import { batchAt } from "./batches/epochs";
import { expectReadable, type RolloutEngine } from "../rollout-engine";
import type { LoopConfig } from "./loop-config";
import { collect, type Rollout } from "./rollout";
import type { RolloutLog } from "../run-folder/rollout-log";
import { scoresOf } from "./scores-of";
import type { StepRollouts } from "./step";

/** The inputs that determine the rollouts of a step. */
interface SamplePlan {
  readonly algorithm: Algorithm;
  readonly config: LoopConfig;
  readonly step: number;
  readonly signal: AbortSignal | undefined;
  readonly sampler?: RolloutEngine | undefined; // that writes in place of the policy
  readonly log: RolloutLog | undefined; // of a run that has a folder
}

/**
 * The rollouts of a step. They are read from disk if a killed process had written them, else sampled. With dynamic
 * sampling, prompts are drawn until enough groups have spread, and groups without spread are left out.
 */
export async function sampleStep(policy: Policy | ServedPolicy, task: Task, plan: SamplePlan): Promise<StepRollouts> {
  const { algorithm, config, step, signal, sampler, log } = plan;
  const { group } = algorithm;
  const perRound = config.batchSize * group;
  const known = log?.of(
    step,
    problemsOf(task, plan, Math.ceil((log.count(step) || 1) / perRound)),
    (problem) => policy.tokenizer.encode(task.prompt(problem)),
    group,
  );
  const seconds = { gen: 0, reward: 0, ...(sampler?.sync && { update_weights: 0 }) };
  const rollouts: Rollout[] = known ?? [];
  if (known === undefined && sampler?.sync && !isServed(policy)) {
    const began = performance.now();
    await sampler.sync(policy, step);
    seconds.update_weights = (performance.now() - began) / 1000;
  }
  for (let round = 0; known === undefined; round++) {
    const rng = random(config.seed).fork("rollout", step, ...(round > 0 ? [round] : []));
    const own = problemsOf(task, plan, round + 1).slice(round * perRound);
    const made = await collect(policy, task, own, { ...config, width: config.searches, rng, signal, group, sampler });
    if (sampler && !isServed(policy)) expectReadable(policy, sampler, made.rollouts);
    const first = round * config.batchSize;
    rollouts.push(...made.rollouts.map((rollout) => ({ ...rollout, group: first + rollout.group })));
    seconds.gen += made.seconds.gen;
    seconds.reward += made.seconds.reward;
    if (!algorithm.rounds || !lacking(rollouts, config.batchSize, round + 1, algorithm.rounds)) break;
  }
  if (known === undefined) log?.add(step, rollouts);
  return { rollouts, seconds };
}

const lacking = (rollouts: readonly Rollout[], wanted: number, rounds: number, most: number): boolean =>
  lackingGroups(wanted, groupsWithSpread(scoresOf(rollouts)).groups, rounds, most).again;

/**
 * The problems of the first rounds of a step, each `group` times in a row. A function of the seed and the step alone.
 */
function problemsOf(task: Task, { config, step, algorithm }: SamplePlan, rounds: number): Problem[] {
  const { batchSize, seed } = config;
  const each = Array.from({ length: rounds }, (_, round) =>
    round === 0
      ? batchAt(task.problems, batchSize, step, seed)
      : batchAt(
          task.problems,
          batchSize,
          1,
          random(seed)
            .fork("round", step, round)
            .below(2 ** 31),
        ),
  );
  return each.flat().flatMap((problem) => Array<Problem>(algorithm.group).fill(problem));
}

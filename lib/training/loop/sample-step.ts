import { random } from "../../core/random";
import type { Problem } from "../../core/records";
import { declaredMeasures } from "../../core/reward-components";
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
  const encode = (problem: Problem) => policy.tokenizer.encode(task.prompt(problem));
  const logged = log?.of(step, problemsOf(task, plan, Math.ceil((log.count(step) || 1) / perRound)), encode, group);
  const prompts = algorithm.greedy ? promptsOfStep(task, plan) : undefined;
  const answered = prompts && log?.of(step, prompts, encode, 1, "greedy");
  const known = prompts && !answered ? undefined : logged; // both, or none
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
  const greedy = prompts && (answered ?? (await answerGreedily(policy, task, prompts, plan, seconds)));
  if (known === undefined) log?.add(step, rollouts, { measures: declaredMeasures(task), greedy });
  return { rollouts, seconds, ...(greedy && { greedy }) };
}

/** The greedy response to each prompt of a step, and its reward: the baseline of the responses to that prompt. */
async function answerGreedily(
  policy: Policy | ServedPolicy,
  task: Task,
  prompts: readonly Problem[],
  { config, step, signal, sampler }: SamplePlan,
  seconds: { gen: number; reward: number },
): Promise<Rollout[]> {
  const rng = random(config.seed).fork("greedy", step); // it decides nothing at temperature 0
  const sampling = { ...config, temperature: 0, topP: 1, width: config.searches, rng, signal, sampler };
  const made = await collect(policy, task, prompts, sampling);
  seconds.gen += made.seconds.gen;
  seconds.reward += made.seconds.reward;
  return made.rollouts;
}

const lacking = (rollouts: readonly Rollout[], wanted: number, rounds: number, most: number): boolean =>
  lackingGroups(wanted, groupsWithSpread(scoresOf(rollouts)).groups, rounds, most).again;

/** The problems of a step, once each. */
const promptsOfStep = (task: Task, { config, step }: SamplePlan): Problem[] =>
  batchAt(task.problems, config.batchSize, step, config.seed);

/**
 * The problems of the first rounds of a step, each `group` times in a row. A function of the seed and the step alone.
 */
function problemsOf(task: Task, plan: SamplePlan, rounds: number): Problem[] {
  const { config, step, algorithm } = plan;
  const { batchSize, seed } = config;
  const each = Array.from({ length: rounds }, (_, round) =>
    round === 0
      ? promptsOfStep(task, plan)
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

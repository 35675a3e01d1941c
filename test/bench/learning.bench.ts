import { useBackend } from "../../lib/backend/choose";
import { evaluate } from "../../lib/evaluation/evaluate";
import type { Result } from "../../lib/evaluation/result";
import { summarise } from "../../lib/evaluation/statistics/summarise";
import { recallAt } from "../../lib/metrics/recall";
import { model } from "../../lib/models/model";
import { readCritic } from "../../lib/models/critic";
import { rewriter } from "../../lib/serving/rewriter";
import { pubmed } from "../../lib/tasks/pubmed";
import { grpo } from "../../lib/training/algorithms/grpo";
import { ppoAlgorithm } from "../../lib/training/algorithms/ppo";
import { train } from "../../lib/training/train";
import { processor } from "./processor";

const checkpoint = "data/checkpoints/pubmed-coldstart";

/**
 * What reinforcement learning makes of the shipped policy on the synthetic PubMed, by algorithm and seed: greedy recall
 * of the validation questions every ten steps and of 100 test questions at the end, over all of them and over each
 * group (names that training has or has not used), with 95 % intervals over the questions.
 *
 * `algorithms=ppo,grpo seeds=1,2,3 steps=70 responses=64 group=8 rate=0.0001 final=0.1 kl=0.02` are the settings.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const backend = await useBackend();
  const setting = (name: string, usual: number): number => Number(options[name] ?? usual);
  const [steps, responses, group] = [setting("steps", 70), setting("responses", 64), setting("group", 8)];
  const klCoefficient = setting("kl", 0.02);
  const algorithms = { ppo: () => ppoAlgorithm({ klCoefficient }), grpo: () => grpo({ group, klCoefficient }) };
  const training = await pubmed({ split: "train", reward: "recall" });
  const validation = await pubmed({ split: "validation", reward: "recall" });
  const test = await pubmed({ split: "test", limit: 100 });
  const runs: object[] = [];
  for (const name of (options.algorithms ?? "ppo,grpo").split(",") as (keyof typeof algorithms)[])
    for (const seed of (options.seeds ?? "1,2,3").split(",").map(Number)) {
      const algorithm = algorithms[name]();
      const policy = await model(checkpoint);
      const critic = algorithm.critic ? readCritic(`${checkpoint}/critic`, policy) : undefined;
      const curve: number[] = [];
      const began = performance.now();
      for await (const row of train(policy, training, {
        algorithm,
        steps,
        batchSize: responses / algorithm.group,
        miniBatch: Math.min(16, responses),
        learningRate: setting("rate", 1e-4),
        finalLearningRate: setting("final", 0.1),
        seed,
        validation,
        validateEvery: Math.min(10, steps),
        ...(critic && { critic }),
      })) {
        const greedy = row[`val-core/${validation.name}/R@${training.k}/mean@1`];
        if (greedy === undefined) continue;
        curve.push(greedy);
        log(`${name}, seed ${seed}, step ${row.step}: validation ${greedy.toFixed(3)}`);
      }
      const seconds = (performance.now() - began) / 1000;
      const results: Result[] = [];
      for await (const each of evaluate(test, [rewriter(policy, test, { name })], { metrics: [recallAt(test.k)] }))
        results.push(each);
      const recall = (kept: readonly Result[]) => summarise(kept)[0]?.measures[`R@${test.k}`];
      const groupOf = new Map(test.problems.map(({ id, group = "all" }) => [id, group]));
      const groups = [...new Set(groupOf.values())].map((group) => [
        group,
        recall(results.filter(({ qid }) => groupOf.get(qid) === group)),
      ]);
      const test100 = { recall: recall(results), ...Object.fromEntries(groups) };
      const run = { algorithm: name, seed, seconds, validation: curve, test: test100 };
      log(JSON.stringify(run));
      runs.push(run);
      policy.dispose();
    }
  return { on: processor(), device: backend.device, steps, responses, runs };
}

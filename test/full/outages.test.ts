import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { qwen2 } from "../../lib/models/policy";
import { readCritic } from "../../lib/models/critic";
import { projectPath } from "../../lib/data/paths";
import { pubmed } from "../../lib/tasks/pubmed";
import { ppoAlgorithm } from "../../lib/training/algorithms/ppo";
import type { TrainingStep } from "../../lib/training/loop/training-step";
import { train } from "../../lib/training/train";
import { flaky } from "../training/flaky";

/** PubMed, embedded, by PPO: a run with a sound engine, and one with an engine that fails 30 % of its calls. */
const steps = Number(process.env["OUTAGE_STEPS"] ?? 10);
const folder = projectPath("data/checkpoints/pubmed-coldstart");

async function curveOf(seed: number, failing: boolean): Promise<TrainingStep[]> {
  const policy = qwen2(folder);
  const critic = readCritic(`${folder}/critic`, policy);
  const sound = await pubmed({ split: "train", reward: "recall" });
  const engine = failing ? flaky(sound, { share: 0.3, seed }) : { task: sound, counts: undefined };
  const made: TrainingStep[] = [];
  const run = train(policy, engine.task, {
    steps,
    batchSize: 64,
    seed,
    critic,
    algorithm: ppoAlgorithm({ klCoefficient: 0.02 }),
    finalLearningRate: 0.1,
    outageRetries: 0, // every failure is a missing reward
    outageLimit: 0.9,
    rewardSeconds: 1,
    searches: 16,
  });
  for await (const step of run) made.push(step);
  const rows = run.rollouts();
  for (const { kind, reward } of rows) assert.is(Number.isNaN(reward), kind === "outage");
  if (engine.counts) {
    const of = (name: string) => made.reduce((sum, step) => sum + step[name]!, 0);
    assert.is(of("reward/outages/rate_limit"), engine.counts.rate_limit);
    assert.is(of("reward/outages/timeout"), engine.counts.timeout);
    assert.is(of("reward/n_total") - of("reward/n_scored"), engine.counts.rate_limit + engine.counts.timeout);
    assert.is(rows.filter(({ kind }) => kind === "outage").length, engine.counts.rate_limit + engine.counts.timeout);
  }
  policy.dispose();
  critic.dispose();
  return made;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const last = (curve: readonly TrainingStep[]) => mean(curve.slice(-5).map((step) => step["reward/mean"]!));

test("with an engine that fails 30 % of its calls the curve is that of a sound one, within noise", async () => {
  const backend = await useBackend();
  const ends: Record<"sound" | "failing", number[]> = { sound: [], failing: [] };
  for (const seed of [1, 2])
    for (const kind of ["sound", "failing"] as const) {
      const curve = await curveOf(seed, kind === "failing");
      const rates = curve.map((step) => step["reward/outage_rate"]!);
      ends[kind].push(last(curve));
      console.log(
        `${backend.name}, seed ${seed}, ${kind}: reward ${[0, 5, 10, 15, 20, steps - 1]
          .filter((i) => i < steps)
          .map((i) => `${i + 1}: ${curve[i]!["reward/mean"]!.toFixed(2)}`)
          .join(", ")}; last five ${last(curve).toFixed(3)}; outages ${(100 * mean(rates)).toFixed(1)} %`,
      );
      if (kind === "failing") assert.ok(Math.abs(mean(rates) - 0.3) < 0.03, `outage rate ${mean(rates)}`);
      assert.equal(
        new Set(curve.map((step) => Object.keys(step).join())).size,
        1,
        "the columns of every step are equal",
      );
    }
  const gap = mean(ends.failing) - mean(ends.sound);
  const noise = Math.max(Math.abs(ends.sound[0]! - ends.sound[1]!), 0.25); // of two seeds; rewards lie between −4 and 6
  console.log(`failing less sound: ${gap.toFixed(3)}; the two sound seeds differ by ${noise.toFixed(3)} or less`);
  assert.ok(Math.abs(gap) <= 2 * noise, `the curves end ${gap} apart, noise ${noise}`);
});

test.run();

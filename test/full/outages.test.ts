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

/**
 * A run of some steps, with a sound engine or one that fails 30 % of its calls. A call is made `retries` times again.
 */
async function curveOf(
  seed: number,
  { failing, retries = 2, most = steps }: { failing: boolean; retries?: number; most?: number },
): Promise<TrainingStep[]> {
  const policy = qwen2(folder);
  const critic = readCritic(`${folder}/critic`, policy);
  const sound = await pubmed({ split: "train", reward: "recall" });
  const { task, counts } = failing ? flaky(sound, { share: 0.3, seed }) : { task: sound, counts: undefined };
  const made: TrainingStep[] = [];
  const run = train(policy, task, {
    steps: most,
    batchSize: 64,
    seed,
    critic,
    algorithm: ppoAlgorithm({ klCoefficient: 0.02 }),
    outageRetries: retries,
    outageBackOff: 0.05,
    outageLimit: 0.9,
    rewardSeconds: 1,
    searches: 16,
  });
  for await (const step of run) made.push(step);
  const rows = run.rollouts();
  const of = (name: string) => made.reduce((sum, step) => sum + step[name]!, 0);
  const missing = { rate_limit: of("reward/outages/rate_limit"), timeout: of("reward/outages/timeout") };
  for (const { kind, reward } of rows) assert.is(Number.isNaN(reward), kind === "outage");
  assert.is(of("reward/n_total"), 64 * most);
  assert.is(of("reward/n_total") - of("reward/n_scored"), missing.rate_limit + missing.timeout);
  assert.is(rows.filter(({ kind }) => kind === "outage").length, missing.rate_limit + missing.timeout);
  if (counts && retries === 0) assert.equal(missing, { ...counts });
  if (counts)
    console.log(
      `seed ${seed}, ${retries} retries: the engine failed ${counts.rate_limit} calls with HTTP 429 and ` +
        `${counts.timeout} by silence; ${missing.rate_limit} and ${missing.timeout} of ${64 * most} rewards are lost`,
    );
  policy.dispose();
  critic.dispose();
  return made;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const last = (curve: readonly TrainingStep[]) => mean(curve.slice(-5).map((step) => step["reward/mean"]!));
const rateOf = (curve: readonly TrainingStep[]) => mean(curve.map((step) => step["reward/outage_rate"]!));

test("without repetitions every failed call is a missing reward, counted by its cause", async () => {
  await useBackend();
  const curve = await curveOf(1, { failing: true, retries: 0, most: 3 });
  assert.ok(Math.abs(rateOf(curve) - 0.3) < 0.1, `outage rate ${rateOf(curve)}`);
});

test("with an engine that fails 30 % of its calls the curve is that of a sound one, within noise", async () => {
  const backend = await useBackend();
  const ends: Record<"sound" | "failing", number[]> = { sound: [], failing: [] };
  for (const seed of [1, 2])
    for (const kind of ["sound", "failing"] as const) {
      const curve = await curveOf(seed, { failing: kind === "failing" });
      ends[kind].push(last(curve));
      console.log(
        `${backend.name}, seed ${seed}, ${kind}: reward ${curve
          .map((step) => step["reward/mean"]!.toFixed(2))
          .join(" ")}; last five ${last(curve).toFixed(3)}; rewards missing ${(100 * rateOf(curve)).toFixed(1)} %`,
      );
      if (kind === "failing") assert.ok(Math.abs(rateOf(curve) - 0.3 ** 3) < 0.02, `outage rate ${rateOf(curve)}`);
      assert.is(new Set(curve.map((step) => Object.keys(step).join())).size, 1, "every step has the same columns");
    }
  const gap = mean(ends.failing) - mean(ends.sound);
  const noise = Math.max(Math.abs(ends.sound[0]! - ends.sound[1]!), 0.25); // of two seeds; rewards lie between −4 and 6
  console.log(`failing less sound: ${gap.toFixed(3)}; the two sound seeds differ by ${noise.toFixed(3)} or less`);
  assert.ok(Math.abs(gap) <= 2 * noise, `the curves end ${gap} apart, noise ${noise}`);
});

test.run();

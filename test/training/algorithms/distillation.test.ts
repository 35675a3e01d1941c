import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { Policy } from "../../../lib/models/policy";
import { untrained } from "../../../lib/models/policy";
import type { SampledStep } from "../../../lib/training/algorithms/algorithm";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { distillation, type DistillationSettings } from "../../../lib/training/algorithms/distillation";
import { remoteTeacher } from "../../../lib/training/distillation/remote-teacher";
import type { Teacher } from "../../../lib/training/distillation/teacher";
import { train } from "../../../lib/training/train";
import { close, lettersTask, tensorsLeftBy, tinyConfig, tinyPolicy, tinyTokenizer } from "../../fixtures";
import { serving } from "../../models/remote/service";
import { promptScores } from "../distillation/teacher-server";

test.before(async () => void (await useBackend("wasm")));

/** Two responses to one prompt, of 3 tokens and 1, which earned 1 and 3. */
const step: SampledStep = {
  scores: [1, 3],
  groups: ["a", "a"],
  rewards: [
    [0, 0, 1],
    [3, 0, 0],
  ],
  mask: [
    [1, 1, 1],
    [1, 0, 0],
  ],
  logps: [
    [-2, -1, -3],
    [-1, NaN, NaN],
  ],
  teacher: [
    [-1, -1, -4],
    [-3, NaN, NaN],
  ],
};
const fake: Teacher = { name: "fake", expectFits: () => undefined, score: async () => [] };
const advantages = (options: Partial<DistillationSettings>) => distillation(fake, options).estimate(step).advantages;

test("the advantage of a token is log π_teacher − log π_old, by hand", () => {
  close(advantages({}).flat(), [1, 0, -1, -2, 0, 0]);
  close(advantages({ teacherCoefficient: 0.5 }).flat(), [0.5, 0, -0.5, -1, 0, 0]);
  // discounted by ½: the last −1, then 0 − ½, then 1 − ¼
  close(advantages({ teacherDiscount: 0.5 }).flat(), [0.75, -0.5, -1, -2, 0, 0]);
});

test("a reward coefficient adds GRPO's advantage: ∓1/√2 of rewards 1 and 3", () => {
  const half = Math.SQRT2 / 2 / 2;
  close(advantages({ rewardCoefficient: 0.5 }).flat(), [1 - half, -half, -1 - half, -2 + half, 0, 0], { atol: 1e-5 });
  assert.is(distillation(fake, { rewardCoefficient: 0.5 }).group, 8);
  assert.is(distillation(fake).group, 1);
});

test("the loss is −ρ·Â without a clip, and its gradient −ρ·Â/N: by hand at ρ = e and e^−1", async () => {
  const { loss, lossOptions } = distillation(fake);
  const rows = (values: number[]) => tf.tensor2d([values]);
  const left = await tensorsLeftBy(() => {
    const [oldLogps, given, mask, logps] = [rows([-2, -1]), rows([1, -2]), rows([1, 1]), rows([-1, -2])];
    const { value, grad } = tf.valueAndGrad((own) => {
      const made = loss({ logps: own as tf.Tensor2D, oldLogps, advantages: given, mask }, lossOptions);
      tf.dispose([made.clipFraction, made.kl]);
      return made.loss;
    })(logps);
    close([...value.dataSync()], [(-Math.E + 2 / Math.E) / 2]);
    close([...grad.dataSync()], [-Math.E / 2, 1 / Math.E]);
    tf.dispose([value, grad, oldLogps, given, mask, logps]);
  });
  assert.is(left, 0);
});

const bits = (policy: Policy) => policy.variables.map((variable) => [...variable.dataSync()]);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

const tiny = { steps: 40, miniBatch: 16, maxResponse: 4, learningRate: 1e-2 };

/** A teacher that has learned by rewards to write the letter that pays; made once. */
let made: Promise<Policy> | undefined;
const taught = (): Promise<Policy> =>
  (made ??= (async () => {
    const policy = untrained(tinyConfig, tinyTokenizer, 1);
    const run = train(policy, lettersTask(), { ...tiny, algorithm: grpo({ group: 4 }), batchSize: 4, seed: 1 });
    for await (const _ of run);
    return policy;
  })());

/** Trains a student, and resolves to divergence and reward before and after. */
async function distilled(teacher: Policy | Teacher, options: Partial<DistillationSettings> = {}) {
  const student = untrained(tinyConfig, tinyTokenizer, 5);
  const curve: { kl: number; reward: number }[] = [];
  let held: number | undefined;
  const left = await tensorsLeftBy(async () => {
    const algorithm = distillation(teacher, options);
    const run = train(student, lettersTask(), { ...tiny, algorithm, batchSize: 16 / algorithm.group, seed: 2 });
    for await (const metrics of run) {
      curve.push({ kl: metrics["actor/teacher_kl"]!, reward: metrics["reward/mean"]! });
      held ??= tf.memory().numTensors;
      assert.is(tf.memory().numTensors, held, `after step ${metrics.step}`);
      for (const [name, value] of Object.entries(metrics)) assert.ok(Number.isFinite(value), `${name} is ${value}`);
    }
  });
  student.dispose();
  assert.is(left, 0);
  const over = (steps: typeof curve, of: "kl" | "reward") => mean(steps.map((each) => each[of]));
  const [first, last] = [curve.slice(0, 4), curve.slice(-4)];
  return { kl: [over(first, "kl"), over(last, "kl")], reward: [over(first, "reward"), over(last, "reward")] } as const;
}

for (const [name, options] of [
  ["sampled tokens", {}],
  ["the whole vocabulary", { divergence: "full" }],
  ["sampled tokens and rewards", { rewardCoefficient: 0.05, group: 4 }],
] as const)
  test(`a student moves to its teacher by ${name}, and earns what the teacher earns; the teacher stays`, async () => {
    const teacher = await taught();
    const before = bits(teacher);
    const { kl, reward } = await distilled(teacher, options);
    assert.ok(kl[1] < 0.3 * kl[0], `divergence ${kl}`); // measured: 2.4 to 0.3, and to 0.01 by the whole vocabulary
    assert.ok(reward[0] < 1 && reward[1] > 2.5, `reward ${reward}`); // no reward was seen without rewardCoefficient
    assert.equal(bits(teacher), before);
  });

test("a student learns from its teacher behind a server as from one that is here", async () => {
  const teacher = await taught();
  await serving(
    ({ body }) => ({ json: promptScores(teacher, body as unknown as { prompt: number[] }) }),
    async (url) => {
      const { kl, reward } = await distilled(remoteTeacher(url, "big"));
      assert.ok(kl[1] < 0.3 * kl[0] && reward[1] > 2.5, `divergence ${kl}, reward ${reward}`);
    },
  );
});

test("what cannot be is refused before anything is loaded, with the two settings", () => {
  const remote = remoteTeacher("http://127.0.0.1:9/v1", "big");
  assert.throws(() => distillation(remote, { divergence: "full" }), /divergence "full" and teacher "remote"/);
  assert.throws(
    () => distillation(fake, { rewardCoefficient: 1, group: 1 }),
    /rewardCoefficient 1 and group 1 do not go together/,
  );
  assert.throws(
    () => distillation(tinyPolicy(), { divergence: "full", teacherDiscount: 0.5 }),
    /divergence "full" and teacherDiscount 0.5/,
  );
  assert.throws(
    () => train(tinyPolicy(), lettersTask(), { algorithm: distillation(remote), temperature: 0.5 }),
    /teacher "remote" and temperature 0.5/,
  );
  const student = tinyPolicy();
  assert.throws(() => train(student, lettersTask(), { algorithm: distillation(student) }), /student and the teacher/);
  assert.throws(() => distillation(fake, { teacherCoeficient: 1 } as object), /Did you mean teacherCoefficient/);
  assert.is(distillation(remote).choices.teacher, "big at 127.0.0.1:9");
});

test.run();

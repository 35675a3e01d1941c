import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { doctor } from "../../../lib/notebook/run-report/doctor";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { policyVariables } from "../../../lib/training/run-folder/named-variables";
import { tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

type Step = Readonly<Record<string, number>>;
const healthy: Step = {
  "training/global_step": 1,
  "reward/std": 1,
  "reward/outage_rate": 0,
  "reward/format_error_ratio": 0.1,
  "reward/zero_spread_ratio": 0.2,
  "critic/score/mean": 1,
  "critic/score/max": 6,
  "critic/score/min": -4,
  "critic/kl": 0.01,
  "critic/vf_explained_var": 0.4,
  "actor/entropy": 1.5,
  "actor/ppo_kl": 0.001,
  "actor/grad_norm": 1,
  "response_length/clip_ratio": 0,
  "timing_s/step": 10,
  "timing_s/reward": 0.2,
};
const steps = (change: (i: number) => Step, count = 30): Step[] =>
  Array.from({ length: count }, (_, i) => ({ ...healthy, step: i + 1, "reward/mean": i / 10, ...change(i) }));
const found = (change: (i: number) => Step, count?: number) => doctor(steps(change, count)).findings;

test("a run that gets on is healthy, and so are no steps and steps of anything else", () => {
  const { healthy: sound, findings } = doctor(steps(() => ({})));
  assert.equal([sound, findings], [true, []]);
  assert.match(inspect(doctor(steps(() => ({})))), /Nothing is wrong that the figures of 30 steps show/);
  assert.match(inspect(doctor([])), /There are no steps/);
  assert.is(doctor([{ documents: 5 }, {}]).healthy, true);
});

/** A run made to fail in each way: what is found, and the cure that is named. */
const failures: readonly (readonly [kind: string, change: (i: number) => Step, message: RegExp])[] = [
  [
    "entropy collapse",
    (i) => ({ "actor/entropy": 1.5 * 0.8 ** i }),
    /collapsed from 1\.01 to 0\.00\d+ nats a token.*entropyCoefficient.*dapo/,
  ],
  [
    "cut",
    () => ({ "response_length/clip_ratio": 0.9, "response_length/max": 96 }),
    /90 % of the responses were cut at 96/,
  ],
  ["malformed", () => ({ "reward/format_error_ratio": 0.8 }), /80 % of the answers were malformed.*sft/],
  ["groups without spread", () => ({ "reward/zero_spread_ratio": 0.75 }), /In 75 % of the groups.*dapo/],
  ["kl", (i) => ({ "critic/kl": i / 10 }), /2\.7 nats a token away.*klCoefficient/],
  [
    "useless value function",
    () => ({ "critic/vf_explained_var": -0.3 }),
    /explained variance -0\.3.*criticWarmup.*grpo/,
  ],
  [
    "saturated reward",
    () => ({ "critic/score/mean": 5.95, "reward/mean": 5.95 }),
    /responses earn 5\.95 on average.*highest reward of the run is 6.*recall itself/,
  ],
  [
    "outages",
    () => ({ "reward/outage_rate": 0.3, "reward/outages/rate_limit": 12, "reward/outages/timeout": 2 }),
    /30 % of the responses have no reward.*most for the cause "rate_limit".*searches/,
  ],
  [
    "validation time",
    () => ({ "timing_s/testing": 30 }),
    /Validation takes 75 % of the time \(900 s of 1.?200 s\).*validateEvery/,
  ],
  ["reward time", () => ({ "timing_s/reward": 8 }), /Scoring takes 80 % of a step.*cached/],
  [
    "checkpoint time",
    () => ({ "timing_s/save_checkpoint": 2 }),
    /Checkpoints take 17 % of the time \(60 s\).*saveEvery/,
  ],
  ["large updates", () => ({ "actor/ppo_kl": -0.4 }), /by 0\.4 nats a token.*learningRate/],
  ["gradient spike", (i) => ({ "actor/grad_norm": i === 28 ? 50 : 1 }), /50 in the last 5 steps, 50 times/],
  ["not finite", (i) => (i === 12 ? { "actor/pg_loss": NaN } : {}), /was NaN in step 13: the weights are spoiled/],
  ["falling", (i) => ({ "reward/mean": -i }), /The reward has fallen in 30 steps/],
  ["flat", (i) => ({ "reward/mean": i % 2 }), /The reward has not risen in 30 steps/],
];
for (const [kind, change, message] of failures)
  test(`${kind} is found, with its figure and the cure`, () => {
    const findings = found(change);
    assert.equal(
      findings.map((finding) => finding.kind),
      [kind],
    );
    assert.match(findings[0]!.text, message);
    assert.not.match(findings[0]!.text, /undefined|NaN (?!in step)/);
  });

test("the first steps of a run show no trend yet", () => {
  for (const [kind, change] of failures.filter(([kind]) =>
    /entropy|useless|saturated|time|spike|falling|flat/.test(kind),
  ))
    assert.equal(found(change, 5), [], kind);
});

test("the first tensor that holds a number which is none is named", () => {
  const tensor = (...values: number[]) => ({ dataSync: () => Float32Array.from(values) });
  const tensors = { embed: tensor(1, 2), "layers.0.qkv": tensor(1, NaN, Infinity), "layers.1.qkv": tensor(NaN) };
  const { healthy, findings } = doctor([], { tensors });
  assert.is(healthy, false);
  assert.match(findings[0]!.text, /The first tensor that is spoiled is layers\.0\.qkv: 2 of its 3 numbers .* NaN at 1/);
  assert.is(doctor([], { tensors: { embed: tensor(1) } }).healthy, true);
});

test("of a policy, the first spoiled variable is named by the path of its weight", () => {
  const policy = tinyPolicy();
  const spoiled = policyVariables(policy)["layers.1.down"]!;
  tf.tidy(() => spoiled.assign(tf.fill(spoiled.shape, NaN)));
  const [finding, ...others] = doctor([], { tensors: policyVariables(policy) }).findings;
  assert.equal(others, []);
  assert.match(finding!.text, /The first tensor that is spoiled is layers\.1\.down/);
  policy.dispose();
});

test("several faults are told in order, the cause before its consequences", () => {
  const several = (i: number) => ({ "reward/outage_rate": 0.5, "critic/kl": 2, "timing_s/testing": i });
  assert.match(
    inspect(doctor(steps(several))),
    /^1\. 50 % of the responses have no reward[^]*\n2\. The policy is 2 nats[^]*\n3\. Validation/,
  );
});

test("the doctor says where the time of a step goes, and what makes the largest part shorter", () => {
  const times = (i: number) => ({
    "timing_s/step": 10,
    "timing_s/gen": 2,
    "timing_s/reward": 0.5,
    "timing_s/update_actor": 6,
    "timing_s/update_critic": 0,
    ...(i % 3 === 0 && { "timing_s/testing": 4.5 }), // of every third step: 1.5 a step
  });
  const diagnosis = doctor(steps(times));
  assert.equal(
    diagnosis.time.map(({ part, seconds, share }) => [part, seconds, share]),
    [
      ["the policy's update", 6, 0.6],
      ["generation", 2, 0.2],
      ["validation", 1.5, 0.15],
      ["scoring after generation", 0.5, 0.05],
    ],
  );
  assert.match(
    inspect(diagnosis),
    /A step takes 10 s: 60 % the policy's update, 20 % generation, 15 % validation, 5 % scoring.*To make it shorter/,
  );
  assert.equal(doctor([{ "reward/mean": 1 }]).time, []);
});

test("what is no list of steps is refused", () => {
  assert.throws(() => doctor({} as never), /doctor: the steps are of type object; give a list/);
  assert.throws(() => doctor(null as never), /the steps are null/);
});

test.run();

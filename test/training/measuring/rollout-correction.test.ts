import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import type { Completion } from "../../../lib/core/records";
import type { Policy } from "../../../lib/models/policy";
import { distillation } from "../../../lib/training/algorithms/distillation";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { ppoAlgorithm } from "../../../lib/training/algorithms/ppo";
import type { TrainingStep } from "../../../lib/training/loop/training-step";
import {
  checkedCorrection,
  correctionWeights,
  type RolloutCorrection,
} from "../../../lib/training/measuring/rollout-correction";
import type { RolloutEngine } from "../../../lib/training/rollout-engine";
import { train, type TrainOptions } from "../../../lib/training/train";
import { close, lettersTask, temporaryFolder, tensorsLeftBy, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("wasm")));

const [ln2, ln4] = [Math.log(2), Math.log(4)];
const logps = {
  oldLogps: [
    [ln4, -ln2],
    [0, ln2],
  ],
  rolloutLogps: [
    [0, 0],
    [0, 0],
  ],
  mask: [
    [1, 1],
    [1, 1],
  ],
}; // ratios 4 ½ | 1 2, products 2 | 2

test("each kind by hand", () => {
  const weights = (how: RolloutCorrection) => correctionWeights(logps, how).weights.flat();
  close(weights({ kind: "token_truncate", cap: 3 }), [3, 0.5, 1, 2]);
  close(weights({ kind: "token_mask", cap: 3 }), [0, 0.5, 1, 2]);
  close(weights({ kind: "token_mask", cap: 3, floor: 0.75 }), [0, 0, 1, 2]);
  close(weights({ kind: "sequence_truncate", cap: 1.5 }), [1.5, 1.5, 1.5, 1.5]);
  close(weights({ kind: "sequence_mask", cap: 1.5 }), [0, 0, 0, 0]);
  close(weights({ kind: "token_truncate" }), [2, 0.5, 1, 2]); // the cap is 2 if none is given
});

test("what cannot be is refused by name", () => {
  const check = (how: object) => () => checkedCorrection("train", how as RolloutCorrection);
  assert.throws(check({ kind: "token" }), /rolloutCorrection: kind is "token"; it must be one of "token_truncate"/);
  assert.throws(check({ cap: 2 }), /rolloutCorrection has no kind/);
  assert.throws(check({ kind: "token_mask", cap: 0 }), /cap is 0/);
  assert.throws(check({ kind: "token_mask", capp: 2 }), /unknown setting "capp".*Did you mean cap/);
  assert.throws(check({ kind: "token_truncate", floor: 0.5 }), /floor 0.5 do not go together.*"token_mask"/);
  assert.throws(check({ kind: "token_mask", floor: 2, cap: 2 }), /floor 2 and rolloutCorrection.cap 2/);
  const correction = { kind: "token_truncate" } as const;
  assert.throws(
    () => train(tinyPolicy(), lettersTask(), { rolloutCorrection: correction, temperature: 0.5 }),
    /rolloutCorrection .* and temperature 0.5 do not go together/,
  );
  assert.is(checkedCorrection("train", "none"), undefined);
});

/** The policy behind another engine, whose log-probabilities are `shift` nats higher. */
function engineOf(policy: Policy, shift = 0, change: (completion: Completion) => Completion = (same) => same) {
  const synced: number[] = [];
  const engine: RolloutEngine = {
    name: "engine",
    generate: async (prompts, options) =>
      (await policy.generate(prompts, options)).map(({ logps, ...rest }) =>
        change({ ...rest, logps: logps.map((logp) => logp + shift) }),
      ),
    sync: (own, step) => {
      assert.is(own, policy);
      synced.push(step);
    },
  };
  return { engine, synced };
}

const tiny: TrainOptions = { steps: 3, batchSize: 4, miniBatch: 4, maxResponse: 5, learningRate: 1e-3, seed: 3 };
const bits = (policy: Policy) => policy.variables.flatMap((variable) => [...variable.dataSync()]);
const all = async (run: AsyncIterable<TrainingStep>): Promise<TrainingStep[]> => {
  const steps: TrainingStep[] = [];
  for await (const step of run) steps.push(step);
  return steps;
};

const algorithms = {
  ppo: () => ppoAlgorithm(),
  grpo: () => grpo({ group: 4 }),
  distillation: () => distillation(tinyPolicy(9)),
};
for (const [name, algorithm] of Object.entries(algorithms))
  test(`by ${name}, an engine that agrees trains as the policy does, and is given every step's weights`, async () => {
    const [alone, served] = [tinyPolicy(), tinyPolicy()];
    await all(train(alone, lettersTask(), { ...tiny, algorithm: algorithm() }));
    const { engine, synced } = engineOf(served);
    const own = algorithm();
    const left = await tensorsLeftBy(async () => {
      const steps = await all(train(served, lettersTask(), { ...tiny, algorithm: own, sampler: engine }));
      for (const step of steps) {
        close([step["rollout_corr/rollout_is_max"]!, step["rollout_corr/rollout_is_mean"]!], [1, 1], { rtol: 1e-4 });
        assert.is(step["rollout_corr/rollout_is_ratio_fraction_high"], 0);
        assert.ok(step["timing_s/old_log_prob"]! > 0 && step["timing_s/update_weights"]! >= 0);
      }
    });
    assert.is(left, 0);
    assert.equal(synced, [1, 2, 3]);
    close(bits(served), bits(alone), { rtol: 1e-2, atol: 1e-3 });
  });

test("an engine that is ln 4 too sure has ratios of ¼, one that is too unsure has them cut at the cap", async () => {
  const sgdLike = { ...tiny, steps: 1, algorithm: grpo({ group: 4, klCoefficient: 0 }), maxGradNorm: Infinity };
  const step = async (shift: number, rolloutCorrection?: RolloutCorrection | "none") => {
    const policy = tinyPolicy();
    const { engine } = engineOf(policy, shift);
    const given = rolloutCorrection && { rolloutCorrection };
    return (await all(train(policy, lettersTask(), { ...sgdLike, sampler: engine, ...given })))[0]!;
  };
  const plain = await step(0);
  const norm = (of: TrainingStep) => of["actor/grad_norm"]! / plain["actor/grad_norm"]!;
  const sure = await step(ln4);
  close([sure["rollout_corr/kl"]!, sure["rollout_corr/rollout_is_max"]!, norm(sure)], [ln4, 0.25, 0.25], {
    rtol: 1e-3,
  });
  const unsure = await step(-ln4); // ratio 4, cap 2
  close([unsure["rollout_corr/rollout_is_max"]!, norm(unsure)], [4, 2], { rtol: 1e-3 });
  assert.is(unsure["rollout_corr/rollout_is_ratio_fraction_high"], 1);
  const masked = await step(-ln4, { kind: "token_mask", cap: 2 });
  close([norm(masked), masked["rollout_corr/rollout_rs_masked_fraction"]!], [0, 1]);
  close([norm(await step(-ln4, "none"))], [1], { rtol: 1e-3 }); // the policy's own old log-probabilities
  close([norm(await step(-ln4, { kind: "token_truncate", cap: 8 }))], [4], { rtol: 1e-3 });
});

test("responses that the policy cannot be trained on are refused by name", async () => {
  const refused = async (change: (completion: Completion) => Completion): Promise<string> => {
    const policy = tinyPolicy();
    const run = train(policy, lettersTask(), { ...tiny, miniBatch: 4, sampler: engineOf(policy, 0, change).engine });
    return all(run).then(
      () => "nothing",
      (error: Error) => error.message,
    );
  };
  assert.match(
    await refused((made) => ({ ...made, tokens: [], logps: [] })),
    /engine cannot write .* has no token ids/,
  );
  assert.match(await refused((made) => ({ ...made, logps: [] })), /\d tokens and 0 log-probabilities/);
  assert.match(
    await refused((made) => ({ ...made, tokens: made.tokens.map(() => 999) })),
    /token 999 is outside the voc/,
  );
  assert.match(
    await refused((made) => ({ ...made, text: "zebra" })),
    /its tokens for "zebra" read .* different tokenizers/,
  );
});

test("the correction is a setting of the run: it goes on with the same one only, and bit for bit", async () => {
  const [whole, parts] = [temporaryFolder(), temporaryFolder()];
  const options = { ...tiny, algorithm: grpo({ group: 4 }), rolloutCorrection: { kind: "token_truncate" } as const };
  const start = (policy: Policy, more: TrainOptions) =>
    train(policy, lettersTask(), { ...options, sampler: engineOf(policy, 0.1).engine, ...more });
  const straight = tinyPolicy();
  await all(start(straight, { folder: whole }));
  const first = start(tinyPolicy(), { folder: parts });
  for await (const { step } of first) if (step === 2) break;
  await first.stop();
  assert.match(
    await all(start(tinyPolicy(), { folder: parts, resume: true, rolloutCorrection: "none" })).then(
      () => "nothing",
      (error: Error) => error.message,
    ),
    /began with rolloutCorrection/,
  );
  const resumed = tinyPolicy(7);
  await all(start(resumed, { folder: parts, resume: true }));
  assert.equal(bits(resumed), bits(straight));
});

test.run();

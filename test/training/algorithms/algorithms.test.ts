import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Algorithm, SampledStep } from "../../../lib/training/algorithms/algorithm";
import { bestOfN } from "../../../lib/training/algorithms/best-of-n";
import { dapo } from "../../../lib/training/algorithms/ratios/dapo";
import { drGrpo } from "../../../lib/training/algorithms/baselines/dr-grpo";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { gspo } from "../../../lib/training/algorithms/ratios/gspo";
import { reinforcePlusPlus } from "../../../lib/training/algorithms/baselines/reinforce-plus-plus";
import { rloo } from "../../../lib/training/algorithms/baselines/rloo";
import { profiles, type FrameworkName } from "../../../lib/training/profiles/profiles";
import { cispo } from "../../../lib/training/algorithms/ratios/cispo";
import { clipCov } from "../../../lib/training/algorithms/ratios/clip-cov";
import { dppo } from "../../../lib/training/algorithms/ratios/dppo";
import { gmpo } from "../../../lib/training/algorithms/ratios/gmpo";
import { klCov } from "../../../lib/training/algorithms/ratios/kl-cov";
import { sapo } from "../../../lib/training/algorithms/ratios/sapo";
import { gpg } from "../../../lib/training/algorithms/baselines/gpg";
import { grpoPassK } from "../../../lib/training/algorithms/baselines/grpo-pass-k";
import { opo } from "../../../lib/training/algorithms/baselines/opo";
import { remax } from "../../../lib/training/algorithms/baselines/remax";
import { close } from "../../fixtures";

const ofRatios = { cispo, sapo, gmpo, clipCov, klCov, dppo };
const all = {
  ...{ grpo, drGrpo, rloo, reinforcePlusPlus, dapo, gspo, bestOfN },
  ...ofRatios,
  ...{ opo, gpg, grpoPassK, remax },
};

/** Two groups of two, responses of 2, 1, 1 and 2 tokens, the reward on the last token. */
const step: SampledStep = {
  scores: [1, 0, 3, 7],
  groups: ["a", "a", "b", "b"],
  rewards: [
    [0, 1],
    [0, 0],
    [3, 0],
    [0, 7],
  ],
  mask: [
    [1, 1],
    [1, 0],
    [1, 0],
    [1, 1],
  ],
};
const tokens = (algorithm: Algorithm) => algorithm.estimate(step).advantages.flat();

test("GRPO's advantages, by hand, under the epsilons of three frameworks", () => {
  for (const profile of ["verl", "trl", "openrlhf"] as const) {
    const epsilon = profiles[profile].groupEpsilon;
    const [a, b] = [0.5 / (Math.SQRT1_2 + epsilon), 2 / (Math.sqrt(8) + epsilon)];
    close(tokens(grpo({ profile })), [a, a, -a, 0, -b, 0, b, b], { rtol: 1e-9, what: profile });
  }
});

test("Dr.GRPO's are differences from the mean, RLOO's from the others", () => {
  close(tokens(drGrpo()), [0.5, 0.5, -0.5, 0, -2, 0, 2, 2]);
  close(tokens(rloo()), [1, 1, -1, 0, -4, 0, 4, 4]);
});

test("DAPO and GSPO have GRPO's advantages and another loss", () => {
  close(tokens(dapo()), tokens(grpo()));
  close(tokens(gspo()), tokens(grpo()));
  assert.equal(dapo().lossOptions, { clip: 0.2, clipHigh: 0.28, dualClip: 10, ratioBound: 20, mode: "token-mean" });
  assert.is(gspo().lossOptions.mode, "seq-mean-token-mean");
});

test("so have CISPO, SAPO, GMPO, Clip-Cov, KL-Cov and DPPO, and none of them a KL penalty", () => {
  for (const [name, make] of Object.entries(ofRatios)) {
    close(tokens(make()), tokens(grpo()), { what: name });
    assert.is(make().kl, undefined, name);
  }
});

test("OPO's baseline is the mean by lengths, GPG scales up for what earned nothing, pass@k has the best alone", () => {
  // a: 1 and 0, of 2 and 1 tokens: ⅔; b: 3 and 7, of 1 and 2: 17/3
  close(tokens(opo()), [1 / 3, 1 / 3, -2 / 3, 0, -8 / 3, 0, 4 / 3, 4 / 3]);
  close(
    tokens(gpg()),
    [0.5, 0.5, -0.5, 0, -2, 0, 2, 2].map((advantage) => (advantage * 4) / 3),
  );
  close(
    tokens(gpg({ norm: 2 })),
    [0.5, 0.5, -0.5, 0, -2, 0, 2, 2].map((advantage) => (advantage * 2) / 3),
  );
  const [a, b] = [1 / (Math.SQRT1_2 + 1e-6), 4 / (Math.sqrt(8) + 1e-6)];
  close(tokens(grpoPassK()), [a, a, 0, 0, 0, 0, b, b]);
  close(tokens(grpoPassK({ normaliseByStd: false })), [1, 1, 0, 0, 0, 0, 4, 4]);
});

test("ReMax asks for a greedy response, and its reward is the baseline", () => {
  assert.ok(remax().greedy);
  assert.is(remax().group, 1);
  const { advantages } = remax().estimate({ ...step, baselines: [0.5, 0.5, 5, 5] });
  close(advantages.flat(), [0.5, 0.5, -0.5, 0, -2, 0, 2, 2]);
});

test("an algorithm has its own settings in its loss", () => {
  assert.equal([cispo().lossOptions.clip, cispo().lossOptions.clipHigh], [1, 0.2]); // no bound below
  assert.equal([gmpo().lossOptions.clip, gmpo().lossOptions.clipHigh], [0.4, 0.4]);
  assert.equal([gmpo({ clip: 0.2 }).lossOptions.clip, gmpo({ clip: 0.2 }).lossOptions.clipHigh], [0.2, 0.2]);
  assert.is(gmpo({ clip: 1.5 }).lossOptions.clip, 1.5); // nats
  assert.equal([sapo().choices.tauPositive, sapo().choices.tauNegative], [1, 1.05]);
  assert.equal([sapo().lossOptions.mode, gmpo().lossOptions.mode], ["seq-mean-token-mean", "seq-mean-token-mean"]);
  assert.equal([klCov().choices.klCovRatio, klCov().choices.klCovCoefficient], [0.0002, 1]);
  assert.not.ok("clip" in klCov().choices); // which it does not read
});

test("REINFORCE++ needs no groups; with a baseline it has them", () => {
  assert.is(reinforcePlusPlus().group, 1);
  assert.equal(reinforcePlusPlus().kl?.place, "reward");
  assert.is(reinforcePlusPlus({ baseline: true }).group, 8);
  assert.equal(reinforcePlusPlus({ baseline: true }).kl?.kind, "k2");
  const sum = tokens(reinforcePlusPlus()).reduce((a, b) => a + b, 0);
  close([sum], [0], { atol: 1e-12 });
});

test("best-of-n imitates the best of each group, and nothing of a group without spread", () => {
  // kept: 2 and 2 of 6 tokens, so that a mean over 6 tokens is one over 4
  close(tokens(bestOfN()), [1.5, 1.5, 0, 0, 0, 0, 1.5, 1.5]);
  close(tokens(bestOfN({ atLeast: 2 })), [0, 0, 0, 0, 0, 0, 3, 3]);
  const equal = bestOfN()
    .estimate({ ...step, scores: [2, 2, 2, 2] })
    .advantages.flat();
  assert.equal(equal, [0, 0, 0, 0, 0, 0, 0, 0]);
});

test("DAPO punishes the last fifth of a response's room, and draws prompts in rounds", () => {
  const { shape, rounds } = dapo();
  assert.is(rounds, 10);
  assert.equal(
    [80, 90, 100].map((length) => shape!({ length, limit: 100 })),
    [0, -0.5, -1],
  );
  assert.is(dapo({ overlongShare: 0 }).shape, undefined);
  assert.is(dapo({ rounds: 0 }).rounds, undefined);
});

test("clip alone sets both sides, except where an algorithm has an upper one of its own", () => {
  assert.equal([grpo({ clip: 0.1 }).lossOptions.clip, grpo({ clip: 0.1 }).lossOptions.clipHigh], [0.1, 0.1]);
  assert.is(grpo({ clip: 0.1, clipHigh: 0.3 }).lossOptions.clipHigh, 0.3);
  assert.is(dapo({ clip: 0.1 }).lossOptions.clipHigh, 0.28);
});

test("an algorithm without a KL penalty asks for no reference policy; a target makes the coefficient adaptive", () => {
  for (const make of [drGrpo, dapo, gspo, bestOfN]) assert.is(make().kl, undefined);
  assert.is(grpo({ klCoefficient: 0 }).kl, undefined);
  assert.equal(grpo().kl?.controller, { kind: "fixed", coefficient: 0.001 });
  assert.is(rloo({ klTarget: 0.1 }).kl?.controller.kind, "adaptive");
});

test("a profile decides where the KL penalty stands and how it is bounded", () => {
  const of = (profile: FrameworkName) => grpo({ profile }).kl!;
  assert.equal([of("verl").place, of("verl").kind, of("verl").bounds], ["loss", "k3", { ratio: 20, value: 10 }]);
  assert.equal([of("deepretrieval").place, of("deepretrieval").kind], ["reward", "k1"]);
  assert.is(grpo({ profile: "deepretrieval" }).lossOptions.dualClip, Infinity);
});

test("no estimate has a NaN: no response, one, all masked, all equal, all without a score", () => {
  const steps: readonly SampledStep[] = [
    { scores: [], groups: [], rewards: [], mask: [] },
    { scores: [2], groups: ["a"], rewards: [[2]], mask: [[1]] },
    { scores: [2, 3], groups: ["a", "a"], rewards: [[NaN], [NaN]], mask: [[0], [0]] },
    { scores: [2, 2], groups: ["a", "a"], rewards: [[2], [2]], mask: [[1], [1]] },
    { scores: [undefined, undefined], groups: ["a", "a"], rewards: [[0], [0]], mask: [[1], [1]] },
    { scores: [], groups: [], rewards: [[]], mask: [[]] },
  ];
  for (const [name, make] of Object.entries(all))
    for (const [i, each] of steps.entries())
      assert.ok(
        make()
          .estimate({ ...each, baselines: each.scores.map(() => 1) })
          .advantages.flat()
          .every((value) => Number.isFinite(value)),
        `${name}, step ${i}`,
      );
});

test("choices are JSON, and tell two runs apart", () => {
  for (const [name, make] of Object.entries(all)) {
    const { choices } = make();
    assert.equal(JSON.parse(JSON.stringify(choices)), choices, name);
    assert.is(make().name, name);
  }
  assert.is(grpo({ profile: "trl" }).choices.dualClip, "none");
});

test("unknown settings and values out of range are refused by name", () => {
  assert.throws(() => grpo({ grup: 8 } as object), /grpo: unknown setting "grup".*Did you mean group/);
  assert.throws(() => grpo({ clip: 1.5 }), /grpo: clip is 1.5; it must be between 0 and 1/);
  assert.throws(() => grpo({ dualClip: 1 }), /dualClip is 1; it must be a number above 1/);
  assert.throws(() => grpo({ profile: "rllib" as FrameworkName }), /profile is "rllib"; it must be one of/);
  assert.throws(() => dapo({ rounds: -1 }), /dapo: rounds is -1/);
  assert.throws(() => grpo({ klKind: "k4" as "k3" }), /klKind is "k4"/);
});

test.run();

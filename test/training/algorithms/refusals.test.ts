import { test } from "uvu";
import * as assert from "uvu/assert";
import { bestOfN } from "../../../lib/training/algorithms/best-of-n";
import { dapo } from "../../../lib/training/algorithms/ratios/dapo";
import { drGrpo } from "../../../lib/training/algorithms/baselines/dr-grpo";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { gspo } from "../../../lib/training/algorithms/ratios/gspo";
import { reinforcePlusPlus } from "../../../lib/training/algorithms/baselines/reinforce-plus-plus";
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
import { refuse } from "../../../lib/training/algorithms/refusals";
import { rloo } from "../../../lib/training/algorithms/baselines/rloo";

/** What is refused, with the two settings that the error must name. */
const impossible: readonly (readonly [() => unknown, RegExp])[] = [
  [() => grpo({ group: 1 }), /grpo: grpo and group 1 do not go together.*Set group to 2/],
  [() => drGrpo({ group: 1 }), /drGrpo and group 1/],
  [() => rloo({ group: 1 }), /rloo and group 1/],
  [() => gspo({ group: 1 }), /gspo and group 1/],
  [() => dapo({ group: 1 }), /dapo and group 1/],
  [() => bestOfN({ group: 1 }), /bestOfN and group 1/],
  [() => reinforcePlusPlus({ baseline: true, group: 1 }), /baseline true and group 1/],
  [() => drGrpo({ normaliseByStd: true }), /drGrpo and normaliseByStd true.*Use grpo/],
  [() => grpo({ klKind: "k1" }), /klKind "k1" and klPlace "loss".*teaches nothing.*"k1\+"/],
  [() => rloo({ klKind: "k3+" }), /klKind "k3\+" and klPlace "reward".*Leave the "\+" out/],
  [() => grpo({ klTarget: 0.1, klCoefficient: 0 }), /klTarget 0.1 and klCoefficient 0/],
  [() => gspo({ aggregation: "token-mean" }), /gspo and aggregation "token-mean"/],
  [() => grpo({ horizon: 100 }), /horizon 100 and aggregation "token-mean"/],
  [() => refuse("train", { rounds: 3, group: 1 }), /rounds 3 and group 1/],
  [() => refuse("train", { overlongBuffer: 200, maxResponse: 96 }), /overlongBuffer 200 and maxResponse 96/],
  ...Object.entries({ cispo, sapo, gmpo, clipCov, klCov, dppo, opo, gpg, grpoPassK }).map(
    ([name, make]) =>
      [() => make({ group: 1 }), new RegExp(`${name}: ${name} and group 1 do not go together`)] as const,
  ),
  [() => sapo({ aggregation: "token-mean" }), /sapo and aggregation "token-mean".*SAPO gives every sequence/],
  [() => gmpo({ aggregation: "token-sum" }), /gmpo and aggregation "token-sum".*GMPO gives every sequence/],
  [() => clipCov({ clipCovLow: 5, clipCovHigh: 1 }), /clipCovLow 5 and clipCovHigh 1.*no covariance lies between/],
  [
    () => sapo({ clip: 0.1 }),
    /sapo: sapo and clip 0.1 do not go together: its loss does not read clip.*Leave clip out/,
  ],
  [() => gpg({ clipHigh: 0.3 }), /gpg and clipHigh 0.3/],
  [() => klCov({ dualClip: 3 }), /klCov and dualClip 3/],
  [() => gspo({ dualClip: 3 }), /gspo and dualClip 3/],
  [() => bestOfN({ clip: 0.1 }), /bestOfN and clip 0.1/],
  [() => refuse("train", { algorithm: "klCov", miniBatch: 16, microBatch: 4 }), /klCov and microBatch 4.*mini-batch/],
  [
    () => refuse("train", { batchSize: 4, group: 2, miniBatch: 16 }),
    /miniBatch 16 and batchSize 4.*8 responses \(batchSize 4 times group 2\).*Set miniBatch to 8 .*8, 4, 2, 1\./,
  ],
  [
    () => refuse("train", { batchSize: 10, group: 1, miniBatch: 4 }),
    /miniBatch 4 and batchSize 10.*10 responses .* last mini-batch of 2.*a divisor of 10: 10, 5, 2, 1\./,
  ],
  [() => refuse("train", { microBatch: 8, miniBatch: 4 }), /microBatch 8 and miniBatch 4/],
];

test("each impossible combination is refused with its two settings, the reason and what to do", () => {
  for (const [make, message] of impossible) assert.throws(make, message);
});

test("possible ones are not", () => {
  grpo({ klKind: "k1", klCoefficient: 0 }); // no penalty at all
  grpo({ klKind: "k1+" });
  grpo({ klKind: "k1", klPlace: "reward" });
  drGrpo({ horizon: 100 });
  reinforcePlusPlus({ group: 4 });
  refuse("train", { batchSize: 3, group: 4, miniBatch: 6, microBatch: 0, maxResponse: 96 });
  refuse("train", {});
  refuse("train", { algorithm: "klCov", miniBatch: 16, microBatch: 16 });
  remax(); // a single response is compared with the greedy one
  sapo({ clip: undefined } as object);
});

test.run();

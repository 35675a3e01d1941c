import { test } from "uvu";
import { useBackend } from "../../../lib/backend/choose";
import { softGatePolicyLoss } from "../../../lib/training/losses/soft-gate-policy-loss";
import { close } from "../../fixtures";
import { measureLoss } from "./measure-loss";

test.before(async () => void (await useBackend("cpu")));

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const twice = { before: [[0.25]], now: [[0.5]] }; // ρ = 2

test("the gate is (4/τ)·σ(τ·(ρ − 1)), and its slope 4·p·(1 − p)", () => {
  const p = sigmoid(1); // τ = 1
  const { loss, gradient } = measureLoss(softGatePolicyLoss, { ...twice, advantages: [[1]] }, {});
  close([loss], [-4 * p]); // −2.924234
  close(gradient, [-4 * p * (1 - p) * 2]); // −f′(ρ)·ρ
});

test("a token with a negative advantage has a τ of its own", () => {
  const p = sigmoid(1.05);
  const { loss, gradient } = measureLoss(softGatePolicyLoss, { ...twice, advantages: [[-1]] }, {});
  close([loss], [(4 / 1.05) * p]);
  close(gradient, [4 * p * (1 - p) * 2]);
  const wide = measureLoss(softGatePolicyLoss, { ...twice, advantages: [[-1]] }, { tauNegative: 2 });
  close([wide.loss], [2 * sigmoid(2)]);
});

test("the further a token has moved, the less it pushes: no clip stops it", () => {
  const pushes = [0.3, 0.5, 0.9].map(
    (now) => measureLoss(softGatePolicyLoss, { before: [[0.25]], now: [[now]], advantages: [[1]] }, {}).gradient[0]!,
  );
  const slopes = [1.2, 2, 3.6].map((ratio) => -4 * sigmoid(ratio - 1) * (1 - sigmoid(ratio - 1)) * ratio);
  close(pushes, slopes);
});

test.run();

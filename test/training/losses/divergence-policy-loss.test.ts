import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { divergencePolicyLoss } from "../../../lib/training/losses/divergence-policy-loss";
import { close } from "../../fixtures";
import { measureLoss } from "./measure-loss";

test.before(async () => void (await useBackend("cpu")));

/** The gradient of one token, by its probability before and now and its advantage. */
const slope = (divergence: "tv" | "kl", before: number, now: number, advantage: number): number =>
  measureLoss(
    divergencePolicyLoss,
    { before: [[before]], now: [[now]], advantages: [[advantage]] },
    { divergence, dualClip: 3 },
  ).gradient[0]!;

test("total variation stops a token whose probability has moved by more than ε, as its advantage asks for", () => {
  assert.is(Math.abs(slope("tv", 0.1, 0.35, 1)), 0); // 0.25 more
  assert.is(Math.abs(slope("tv", 0.5, 0.25, -1)), 0); // 0.25 less
  close([slope("tv", 0.1, 0.35, -1)], [3]); // it has become likelier, and is bad: it goes on, with ρ = 3.5 held at 3
  close([slope("tv", 0.5, 0.25, 1)], [-0.5]);
});

test("a rare token may multiply its probability: its weight is bounded, not its gradient", () => {
  const made = measureLoss(
    divergencePolicyLoss,
    { before: [[0.01]], now: [[0.05]], advantages: [[1]] },
    { dualClip: 3 },
  );
  close([made.loss], [-3 * Math.log(0.05)]);
  close(made.gradient, [-3]);
  assert.equal([made.clipFraction, made.lowerClipFraction], [0, 1]);
});

test("the KL divergence of this token or another is 0.51 from 0.5 to 0.9", () => {
  // ½·ln(0.5/0.9) + ½·ln(0.5/0.1) = 0.511
  assert.is(Math.abs(slope("kl", 0.5, 0.9, 1)), 0);
  close([slope("kl", 0.5, 0.9, -1)], [1.8]); // away from what its advantage asks for: it may come back
  close([slope("kl", 0.5, 0.6, 1)], [-1.2]); // 0.02
});

test.run();

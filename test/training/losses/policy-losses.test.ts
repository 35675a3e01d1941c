import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import type { Rows } from "../../../lib/training/estimators/masked";
import type { PolicyLossOptions } from "../../../lib/training/losses/policy-loss-input";
import { policyLosses, type PolicyLossName } from "../../../lib/training/losses/policy-losses";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const matrix = (rows: Rows) => tf.tensor2d(rows.map((row) => [...row]));
const names = Object.keys(policyLosses) as PolicyLossName[];
type Input = Readonly<Record<"logps" | "oldLogps" | "advantages" | "mask", Rows>> & { readonly weights?: Rows };

/** The loss, what it logs, and its gradient. */
const measure = (name: PolicyLossName, { logps, weights, ...fixed }: Input, options: PolicyLossOptions = {}) =>
  tf.tidy(() => {
    const of = (x: tf.Tensor) =>
      policyLosses[name](
        {
          logps: x as tf.Tensor2D,
          oldLogps: matrix(fixed.oldLogps),
          advantages: matrix(fixed.advantages),
          mask: matrix(fixed.mask),
          weights: weights && matrix(weights),
        },
        options,
      );
    const figures = Object.entries(of(matrix(logps))).map(([key, scalar]) => [key, numbers(scalar as tf.Scalar)[0]!]);
    return {
      ...(Object.fromEntries(figures) as Record<"loss" | "clipFraction" | "kl" | "lowerClipFraction", number>),
      gradient: numbers(tf.grad((x) => of(x).loss)(matrix(logps))),
    };
  });

const onPolicy: Input = { logps: [[-1, -2]], oldLogps: [[-1, -2]], advantages: [[3, -1]], mask: [[1, 1]] };

/** The losses whose tokens have their own advantages and weights; that of GMPO has those of its sequence. */
const ofTokens = names.filter((name) => name !== "geo_mean");

test("on policy, every loss has the gradient of the plain policy gradient, −Â / N", () => {
  for (const name of ofTokens) close(measure(name, onPolicy).gradient, [-1.5, 0.5], { what: name });
  close([measure("gpg", onPolicy).loss], [0.5]); // (3·1 − 1·2) / 2
  close([measure("cispo", onPolicy).loss], [0.5]);
  close([measure("gspo", onPolicy).loss], [-1]); // −(3 − 1) / 2
  close(measure("geo_mean", onPolicy).gradient, [-0.5, -0.5]); // the mean advantage of the sequence is 1
});

test("clip-higher lets a good token gain more before the clip stops it", () => {
  const token = { logps: [[Math.log(1.25)]], oldLogps: [[0]], advantages: [[1]], mask: [[1]] };
  const [low, high] = [measure("vanilla", token), measure("vanilla", token, { clipHigh: 0.28 })];
  close([low.loss, high.loss], [-1.2, -1.25]);
  close([low.gradient[0]!, high.gradient[0]!], [0, -1.25]);
});

test("the dual clip reports its share, and is absent from the figures where there is none", () => {
  const token = { logps: [[Math.log(9), 0]], oldLogps: [[0, 0]], advantages: [[-1, -1]], mask: [[1, 1]] };
  assert.is(measure("vanilla", token, { dualClip: 3 }).lowerClipFraction, 0.5);
  assert.is(measure("vanilla", token).lowerClipFraction, undefined);
});

test("GSPO clips whole sequences by the mean of their log-ratios", () => {
  // ratios ½ and 8 of a sequence: s = exp((ln ½ + ln 8)/2) = 2, clipped at 1.2 for Â = 1: no token pushes
  const sequence = { oldLogps: [[0, 0]], advantages: [[1, 1]], mask: [[1, 1]] };
  const clipped = measure("gspo", { logps: [[Math.log(0.5), Math.log(8)]], ...sequence }, { clip: 0.2, clipHigh: 0.2 });
  close([clipped.loss, clipped.clipFraction], [-1.2, 1]);
  close(clipped.gradient, [0, 0]);
  // with room, each token pushes by s·Â / R, whatever its own ratio
  const open = measure("gspo", { logps: [[Math.log(0.5), Math.log(8)]], ...sequence }, { clip: 0.2, clipHigh: 9 });
  close([open.loss], [-2]);
  close(open.gradient, [-1, -1]);
});

test("GSPO counts sequences the same whatever their length", () => {
  const two = {
    logps: [
      [0, 0, 0],
      [0, NaN, NaN],
    ],
    oldLogps: [
      [0, 0, 0],
      [0, NaN, NaN],
    ],
    advantages: [
      [1, 1, 1],
      [3, NaN, NaN],
    ],
    mask: [
      [1, 1, 1],
      [1, 0, 0],
    ],
  };
  close([measure("gspo", two).loss], [-2]); // −(1 + 3) / 2
});

test("CISPO's clipped tokens go on pushing", () => {
  const token = { logps: [[Math.log(2)]], oldLogps: [[0]], advantages: [[1]], mask: [[1]] };
  const { loss, gradient, clipFraction } = measure("cispo", token);
  close([loss, clipFraction], [-1.2 * Math.log(2), 1]);
  close(gradient, [-1.2]);
});

test("importance weights multiply the losses of tokens and their gradients", () => {
  for (const name of ofTokens)
    close(measure(name, { ...onPolicy, weights: [[2, 0.5]] }).gradient, [-3, 0.25], { what: name });
});

test("NaN outside the mask enters neither the loss nor the gradient", () => {
  const row = [[1, NaN]];
  for (const name of names) {
    const { loss, kl, gradient } = measure(name, {
      logps: row,
      oldLogps: row,
      advantages: row,
      weights: row,
      mask: [[1, 0]],
    });
    assert.ok(Number.isFinite(loss) && kl === 0, name);
    close(gradient, [-1, 0], { what: name });
  }
});

test("nothing inside the mask gives a loss and a gradient of 0", () => {
  for (const name of names) {
    const { loss, kl, gradient } = measure(name, { ...onPolicy, mask: [[0, 0]] }, { dualClip: 3 });
    assert.equal([loss, kl, ...gradient].map(Math.abs), [0, 0, 0, 0], name);
  }
});

test("far from the old policy every loss stays finite", () => {
  for (const name of names)
    for (const advantage of [1, -1]) {
      const far = { logps: [[0]], oldLogps: [[-200]], advantages: [[advantage]], mask: [[1]] };
      const { loss, gradient } = measure(name, far);
      assert.ok(Number.isFinite(loss) && Number.isFinite(gradient[0]!), name);
    }
});

test("every aggregation mode reaches every loss", () => {
  const constant = { ...onPolicy, advantages: [[2, 2]] };
  for (const name of names) {
    const sum = measure(name, constant, { mode: "token-sum" }).loss;
    close([measure(name, constant, { mode: "token-mean" }).loss * 2], [sum], { what: name });
    close([measure(name, constant, { mode: "seq-mean-token-sum-norm", horizon: 10 }).loss * 10], [sum], { what: name });
  }
});

test("shapes that differ are refused by name, weights too", () => {
  tf.tidy(() => {
    const [two, three] = [matrix([[1, 1]]), matrix([[1, 1, 1]])];
    for (const name of names) {
      const input = { logps: two, oldLogps: two, advantages: two, mask: two };
      assert.throws(() => policyLosses[name]({ ...input, mask: three }), /logps is \[1,2\] but mask is \[1,3\]/, name);
      assert.throws(() => policyLosses[name]({ ...input, weights: three }), /but weights is \[1,3\]/, name);
    }
  });
});

test("a loss leaves only what it returns, alone and inside a gradient", async () => {
  const x = matrix([[0.1, 0.2]]);
  const variable = tf.variable(tf.tensor1d([1]));
  for (const name of names)
    for (const weights of [undefined, x]) {
      const make = () =>
        Object.values(
          policyLosses[name]({ logps: x, oldLogps: x, advantages: x, mask: x, weights }, { dualClip: 3 }),
        ) as tf.Scalar[];
      assert.is(await tensorsLeftBy(() => tf.dispose(make())), 0, name);
      const inside = await tensorsLeftBy(() => {
        let made: tf.Scalar[] = [];
        const result = tf.variableGrads(() => (made = make())[0]!.add(variable.sum()) as tf.Scalar, [variable]);
        tf.dispose([result.value, result.grads, ...made.slice(1)]);
      });
      assert.is(inside, 0, name);
    }
  tf.dispose([x, variable]);
});

test.run();

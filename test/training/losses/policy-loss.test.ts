import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { policyLoss } from "../../../lib/training/losses/policy-loss";
import { maskedMean } from "../../../lib/training/losses/masked-mean";
import { valueLoss } from "../../../lib/training/losses/value-loss";
import type { Rows } from "../../../lib/training/estimators/masked";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

const rows = (values: Rows) => tf.tensor2d(values.map((row) => [...row]));
const number = (scalar: tf.Scalar) => numbers(scalar)[0]!;
test.before(async () => void (await useBackend("cpu")));

interface Policy {
  readonly logps: Rows;
  readonly oldLogps: Rows;
  readonly advantages: Rows;
  readonly mask: Rows;
}
interface Value {
  readonly values: Rows;
  readonly oldValues: Rows;
  readonly returns: Rows;
  readonly mask: Rows;
}

/** The loss, what it logs, and its gradient. */
function policy({ logps, ...fixed }: Policy, options: Parameters<typeof policyLoss>[1] = {}) {
  return tf.tidy(() => {
    const { loss, clipFraction, kl } = policyLoss(
      {
        logps: rows(logps),
        oldLogps: rows(fixed.oldLogps),
        advantages: rows(fixed.advantages),
        mask: rows(fixed.mask),
      },
      options,
    );
    const gradient = tf.grad(
      (x) =>
        policyLoss(
          {
            logps: x as tf.Tensor2D,
            oldLogps: rows(fixed.oldLogps),
            advantages: rows(fixed.advantages),
            mask: rows(fixed.mask),
          },
          options,
        ).loss,
    )(rows(logps));
    return { loss: number(loss), clipFraction: number(clipFraction), kl: number(kl), gradient: numbers(gradient) };
  });
}

function value({ values, oldValues, returns, mask }: Value, clip: number) {
  return tf.tidy(() => {
    const lossOf = (x: tf.Tensor) =>
      valueLoss(
        { values: x as tf.Tensor2D, oldValues: rows(oldValues), returns: rows(returns), mask: rows(mask) },
        { clip },
      );
    const { loss, clipFraction } = lossOf(rows(values));
    return {
      loss: number(loss),
      clipFraction: number(clipFraction),
      gradient: numbers(tf.grad((x) => lossOf(x).loss)(rows(values))),
    };
  });
}

test("a masked mean does not read what lies outside the mask, and neither does its gradient", () => {
  tf.tidy(() => {
    const mask = rows([[1, 0, 1]]);
    close([number(maskedMean(rows([[2, NaN, 4]]), mask))], [3]);
    close(numbers(tf.grad((x) => maskedMean(x, mask))(rows([[2, NaN, 4]]))), [0.5, 0, 0.5]);
  });
});

test("the ratio is clipped only where that makes the loss worse", () => {
  const { loss, clipFraction, gradient } = policy({
    logps: [[Math.log(1.5), Math.log(0.5), 9]],
    oldLogps: [[0, 0, 0]],
    advantages: [[1, -1, 1]],
    mask: [[1, 1, 0]],
  });
  // max(−1.5, −1.2) = −1.2;  max(0.5, 0.8) = 0.8;  L = (−1.2 + 0.8) / 2
  close([loss, clipFraction], [-0.2, 1]);
  close(gradient, [0, 0, 0]); // a clipped token stops pushing, a masked one never began
});

test("before the first update the gradient is −Â / N, and nothing is clipped", () => {
  const { loss, clipFraction, kl, gradient } = policy({
    logps: [[-1, -2]],
    oldLogps: [[-1, -2]],
    advantages: [[3, -1]],
    mask: [[1, 1]],
  });
  close([loss, clipFraction, kl], [-1, 0, 0]); // −(3 − 1) / 2
  close(gradient, [-1.5, 0.5]);
});

test("a token that went the wrong way is not clipped: it can come back", () => {
  const { gradient } = policy({ logps: [[Math.log(0.5)]], oldLogps: [[0]], advantages: [[2]], mask: [[1]] });
  close(gradient, [-1]); // −ρÂ = −0.5·2
});

test("a dual clip bounds what a bad token may cost", () => {
  const token: Policy = { logps: [[Math.log(9)]], oldLogps: [[0]], advantages: [[-1]], mask: [[1]] };
  close([policy(token).loss, policy(token, { dualClip: 3 }).loss], [9, 3]);
  close(policy(token, { dualClip: 3 }).gradient, [0]);
});

test("a ratio beyond e^20 stays finite", () => {
  const { loss, gradient } = policy({ logps: [[0]], oldLogps: [[-200]], advantages: [[-1]], mask: [[1]] });
  close([loss / Math.exp(20)], [1], { rtol: 1e-4 });
  close(gradient, [0]);
});

test("a value that moved too far is judged where the clip holds it, if that is worse", () => {
  const { loss, clipFraction, gradient } = value(
    { values: [[2, 0.1]], oldValues: [[0, 0]], returns: [[2, 1]], mask: [[1, 1]] },
    0.5,
  );
  // max((2−2)², (0.5−2)²) = 2.25;  max(0.9², 0.9²) = 0.81;  ½·(2.25 + 0.81)/2
  close([loss, clipFraction], [0.765, 0.5]);
  close(gradient, [0, -0.45]); // (0.1 − 1) / 2
});

test("shapes that differ are refused by name", () => {
  tf.tidy(() => {
    const [two, three] = [tf.zeros([1, 2]) as tf.Tensor2D, tf.zeros([1, 3]) as tf.Tensor2D];
    assert.throws(
      () => policyLoss({ logps: three, oldLogps: three, advantages: two, mask: three }),
      /policyLoss: logps is \[1,3\] but advantages is \[1,2\]; both must be \[B, R\]/,
    );
    assert.throws(
      () => valueLoss({ values: three, oldValues: three, returns: three, mask: two }),
      /valueLoss: values is \[1,3\] but mask is \[1,2\]/,
    );
  });
});

test("a loss leaves only what it returns, alone and inside a gradient", async () => {
  const x = rows([[0.1, 0.2]]);
  const variable = tf.variable(tf.tensor1d([1]));
  const both = [
    () => Object.values(policyLoss({ logps: x, oldLogps: x, advantages: x, mask: x })),
    () => Object.values(valueLoss({ values: x, oldValues: x, returns: x, mask: x })),
  ];
  for (const make of both) {
    assert.is(await tensorsLeftBy(() => tf.dispose(make())), 0);
    const inside = await tensorsLeftBy(() => {
      let made: tf.Scalar[] = [];
      const { value, grads } = tf.variableGrads(() => (made = make())[0]!.add(variable.sum()) as tf.Scalar, [variable]);
      tf.dispose([value, grads, ...made.slice(1)]);
    });
    assert.is(inside, 0);
  }
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { momentsOf } from "../../lib/backend/moments";
import { useBackend } from "../../lib/backend/choose";
import { kernels } from "../../lib/backend/kernels-in-use";
import { reason, type BackendName } from "../../lib/backend/loader";
import { tf } from "../../lib/backend/tf";
import { close } from "../fixtures";
import { skip } from "../skip";

const start = [1, -2, 0.5, 3];
const gradients = [
  [0.1, -3, 0, 2],
  [1e-4, 5, -1, 2],
  [-0.3, 0, 0.2, 1e3],
];

/** Three steps of Adam with weight decay and clipping, by its formulas in double precision. */
function reference(shrink: number, scale: number): { weights: number[]; first: number[]; second: number[] } {
  const [weights, first, second] = [[...start], start.map(() => 0), start.map(() => 0)];
  gradients.forEach((gradient, t) =>
    gradient.forEach((g, i) => {
      first[i] = 0.9 * first[i]! + 0.1 * g * scale;
      second[i] = 0.99 * second[i]! + 0.01 * (g * scale) ** 2;
      const [m, v] = [first[i]! / (1 - 0.9 ** (t + 1)), second[i]! / (1 - 0.99 ** (t + 1))];
      weights[i] = weights[i]! * shrink - (0.05 * m) / (Math.sqrt(v) + 1e-3);
    }),
  );
  return { weights, first, second };
}

for (const name of ["native", "wasm", "cpu"] as const satisfies readonly BackendName[]) {
  test(`${name}: Adam is its formulas', with and without decay and clipping, and restored; nothing leaks`, async () => {
    try {
      await useBackend(name);
    } catch (error) {
      if (name !== "native") throw error;
      return skip(`${reason(error)}`);
    }
    for (const [shrink, scale] of [
      [1, 1],
      [0.99, 0.25],
    ] as const) {
      const expected = reference(shrink, scale);
      const before = tf.memory().numTensors;
      const weights = tf.tidy(() => tf.variable(tf.tensor1d(start)));
      const untouched = weights.clone(); // shares the variable's memory
      let moments = momentsOf([4]);
      for (const [t, gradient] of gradients.entries()) {
        tf.tidy(() =>
          moments.move(weights, tf.tensor1d(gradient), {
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-3,
            rate: 0.05 / (1 - 0.9 ** (t + 1)),
            correction: 1 / Math.sqrt(1 - 0.99 ** (t + 1)),
            shrink,
            scale,
          }),
        );
        if (t > 0) continue;
        const saved = moments.read();
        const again = momentsOf([4]);
        again.restore(...saved);
        tf.dispose(saved);
        moments.dispose();
        moments = again;
      }
      const read = moments.read();
      const actual = [weights, ...read].map((tensor) => Array.from(tensor.dataSync()));
      [expected.weights, expected.first, expected.second].forEach((numbers, i) =>
        close(actual[i]!, numbers, { rtol: 1e-5, what: `${i}` }),
      );
      assert.equal(Array.from(untouched.dataSync()), start);
      tf.dispose(read);
      moments.dispose();
      tf.dispose([weights, untouched]);
      assert.is(tf.memory().numTensors, before);
    }
    close(
      [
        tf.tidy(
          () =>
            kernels()
              .squaredNorm([tf.tensor1d([3, -4])])
              .dataSync()[0]!,
        ),
      ],
      [25],
    );
  });
}

test.run();

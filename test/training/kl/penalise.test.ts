import { test } from "uvu";
import * as assert from "uvu/assert";
import { k1, penalise } from "../../../lib/training/kl/penalise";
import { close } from "../../fixtures";

test("k1 is the difference of the log-probabilities", () => assert.equal(k1([[-1, -2]], [[-3, -1]]), [[2, -1]]));

test("the score is paid on the last response token, the penalty on each", () => {
  const { rewards, kl } = penalise(
    { scores: [6], logps: [[-1, -2, -9]], reference: [[-3, -1, 0]], mask: [[1, 1, 0]] },
    0.5,
  );
  assert.equal(rewards, [[-1, 6.5, 0]]); // 0 − ½·2, 6 − ½·(−1), padding
  close([kl], [0.5]); // (2 − 1) / 2
});

test("the divergence is averaged over tokens first and sequences then, as verl logs it", () => {
  // rows: 3/1 and (1 + 1)/2 → (3 + 1) / 2; over tokens it would be 5/3
  close(
    [
      penalise(
        {
          scores: [0, 0],
          logps: [
            [3, 9],
            [1, 1],
          ],
          reference: [
            [0, 0],
            [0, 0],
          ],
          mask: [
            [1, 0],
            [1, 1],
          ],
        },
        1,
      ).kl,
    ],
    [2],
  );
});

test("without a coefficient the reward is the score alone", () => {
  const { rewards } = penalise({ scores: [2], logps: [[-1, -1]], reference: [[-5, -5]], mask: [[1, 1]] }, 0);
  close(rewards.flat(), [0, 2]);
});

test("a reference of another width is refused by name", () => {
  assert.throws(
    () => penalise({ scores: [1], logps: [[1, 2]], reference: [[1]], mask: [[1, 1]] }, 1),
    /penalise: logps is \[1,2\] but reference is \[1,1\]/,
  );
});

test.run();

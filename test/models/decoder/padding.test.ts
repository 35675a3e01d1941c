import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { leftPad, paddingMask } from "../../../lib/models/decoder/padding";
import { close, numbers } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

test("rows end at the same column", () => {
  assert.equal(leftPad([[1], [2, 3, 4]], 9), {
    ids: [
      [9, 9, 1],
      [2, 3, 4],
    ],
    padding: [2, 0],
    length: 3,
  });
});

test("the mask hides padding and nothing else, also of a sequence that has grown", () => {
  const mask = paddingMask([2, 0], 4);
  assert.equal(mask.shape, [2, 1, 1, 4]);
  close(numbers(mask), [-1e9, -1e9, 0, 0, 0, 0, 0, 0]);
});

test.run();

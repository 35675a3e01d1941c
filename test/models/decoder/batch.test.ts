import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { batchOf } from "../../../lib/models/decoder/batch";
import { tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));
const sequences = [
  { prompt: [1, 2], response: [3] },
  { prompt: [4], response: [5, 6, 7] },
];

test("prompts are padded at the left, responses at the right, and the batch knows both", () => {
  const batch = batchOf(sequences, 0);
  assert.equal(batch.ids.arraySync(), [
    [1, 2, 3, 0, 0],
    [0, 4, 5, 6, 7],
  ]);
  assert.equal(Array.from(batch.labels.dataSync()), [3, 0, 0, 5, 6, 7]);
  assert.equal(batch.responseMask.arraySync(), [
    [1, 0, 0],
    [1, 1, 1],
  ]);
  assert.equal([batch.promptLength, batch.responseLength], [2, 3]);
  assert.equal(batch.padding, [0, 1]);
  batch.dispose();
});

test("a response length may be asked for, but not one that cuts", () => {
  const [wide, tight] = [batchOf(sequences, 0, 6), batchOf(sequences, 0, 2)];
  assert.equal(wide.responseMask.shape, [2, 6]);
  assert.equal(tight.responseMask.shape, [2, 3]);
  wide.dispose();
  tight.dispose();
});

test("dispose frees all of it", async () => assert.is(await tensorsLeftBy(() => batchOf(sequences, 0).dispose()), 0));

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { tensorsLeftBy } from "../../fixtures";

test("an update leaves its input as it was, and no tensor", async () => {
  for (let i = 0; i < 2; i++) {
    await useBackend("wasm");
    await useBackend("cpu"); // loading it again does not add another copy
  }
  const left = await tensorsLeftBy(() => {
    const [x, at, updates] = [tf.tensor1d([1, 2, 3]), tf.tensor2d([[1]], [1, 1], "int32"), tf.tensor1d([9])];
    const y = tf.tensorScatterUpdate(x, at, updates);
    assert.equal([...y.dataSync()], [1, 9, 3]);
    assert.equal([...x.dataSync()], [1, 2, 3]);
    tf.dispose([x, at, updates, y]);
  });
  assert.is(left, 0);
});

test.run();

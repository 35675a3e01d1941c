import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { spareOf } from "../../../lib/backend/cuda/device/spare";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations, operationsOf, type Operations } from "../../../lib/backend/native/operations";
import { tf } from "../../../lib/backend/tf";
import { tensorsLeftBy } from "../../fixtures";
import { skip } from "../../skip";

test.before(async () => void (await useBackend("cpu")));

test("kilobytes that TensorFlow holds count as bytes, and leave no tensor", async () => {
  const operations: Operations = {
    run: (name) => (assert.is(name, "DecoderCardSpare"), [tf.tensor1d([3_000_000], "int32")]),
  };
  assert.is(await tensorsLeftBy(() => assert.is(spareOf(operations), 3_072_000_000)), 0);
});

test("an addon without the operation, and a lost card, hold nothing", () => {
  const run = () => {
    throw new Error("Op type not registered 'DecoderCardSpare'");
  };
  assert.is(spareOf({ run }), 0);
});

test("what a tensor leaves is spare: on a card; the emulation has no pool", async () => {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  if (!native) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
  if (!native.isUsingGpuDevice) {
    const operations = emulatedOperations();
    return operations ? assert.is(spareOf(operations), 0) : skip("the addon has no operations of ours");
  }
  const operations = operationsOf(native);
  const large = tf.zeros([64, 1024, 1024]); // 256 MB
  large.slice([0, 0, 0], [1, 1, 1]).dataSync();
  const before = spareOf(operations);
  large.dispose();
  const gained = spareOf(operations) - before;
  assert.ok(Math.abs(gained - 2 ** 28) < 2 ** 20, `${gained} bytes`);
});

test.run();

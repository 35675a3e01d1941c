import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend, type BackendName } from "../../lib/backend/choose";
import { float32, packer, streamed } from "../../lib/backend/packer";
import { tf } from "../../lib/backend/tf";
import { numbers, tensorsLeftBy } from "../fixtures";
import { skip } from "../skip";

/** Sizes around powers of two, of which some buffers lie on 64 bytes and some do not, in no order. */
const sizes = [32768, 7, 4096, 1, 1000, 65536, 512, 100_000, 2048, 131_072, 3];

for (const backend of ["native", "wasm", "cpu"] as const satisfies readonly BackendName[]) {
  test(`${backend}: what is packed later does not reach what was packed before`, async () => {
    try {
      await useBackend(backend);
    } catch (error) {
      if (backend !== "native") throw error;
      skip((error as Error).message); // nothing to test where it has not been built
      return;
    }
    const left = await tensorsLeftBy(() => {
      const pack = packer(float32);
      const tensors = sizes.map((size, i) => pack([size], (data) => data.fill(i + 1)));
      for (const [i, tensor] of tensors.entries()) {
        const [least, most] = [numbers(tensor.min())[0], numbers(tensor.max())[0]];
        assert.equal([least, most], [i + 1, i + 1], `tensor ${i}`);
      }
      tf.dispose(tensors);
    });
    assert.is(left, 0);
  });
}

test("what arrives in parts larger and smaller than a piece is put together in order", async () => {
  const shape = [5, (1 << 22) + 3]; // a piece and a bit
  const size = shape[0]! * shape[1]!;
  const part = (from: number, length: number) => {
    const numbers = new Float32Array(length);
    for (let i = 0; i < length; i++) numbers[i] = (from + i) % 1009;
    return numbers;
  };
  for (const backend of ["native", "cpu"] as const) {
    if (
      backend === "native" &&
      !(await useBackend("native").then(
        () => true,
        () => false,
      ))
    )
      continue;
    if (backend === "cpu") await useBackend("cpu");
    const left = await tensorsLeftBy(() => {
      const tensor = streamed(float32, packer(float32), shape, (take) => {
        for (let from = 0; from < size; from += 3_000_000) take(part(from, Math.min(3_000_000, size - from)), from);
      });
      assert.equal(tensor.shape, shape);
      const data = tensor.dataSync();
      for (let i = 0; i < size; i += 4099) assert.is(data[i], i % 1009);
      assert.is(data[size - 1], (size - 1) % 1009);
      tensor.dispose();
    });
    assert.is(left, 0);
  }
});

test("a packed tensor has its shape", () => {
  const tensor = packer(float32)([2, 3], (data) => data.set([1, 2, 3, 4, 5, 6]));
  assert.equal(tensor.arraySync(), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
  tensor.dispose();
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { kernels } from "../../../../lib/backend/kernels-in-use";
import { nativeOperations, type Operations } from "../../../../lib/backend/native/operations";
import { tf } from "../../../../lib/backend/tf";
import { packedWeights } from "../../../../lib/models/generation/decoding/packed-weights";
import { programDecoding } from "../../../../lib/models/generation/decoding/program-decoding";
import { qwen2 } from "../../../../lib/models/policy";
import { close, numbers, tensorsLeftBy } from "../../../fixtures";
import { skip } from "../../../skip";

let own: Operations | undefined;
test.before(async () => {
  own = await useBackend("native").then(nativeOperations, () => undefined);
});

const noNative = "native TensorFlow, with the operations that set-up compiles, is not here";

test("packing moves numbers and changes none; the outputs have to be a multiple of 32", () => {
  if (!own) return skip(noNative);
  tf.tidy(() => {
    for (const transposed of [false, true]) {
      const weights = tf.range(0, 5 * 64).reshape(transposed ? [64, 5] : [5, 64]);
      const [packed] = own!.run("DecoderPack", [weights], 1, { transpose_b: Number(transposed) });
      assert.equal(packed!.shape, [64, 5]); // 64 outputs of 5 inputs
      const values = numbers(packed!);
      assert.is(values[1], transposed ? 5 : 1); // a panel begins with the first input's weights of its first outputs
      assert.equal(
        values.sort((a, b) => a - b),
        Array.from({ length: 320 }, (_, i) => i),
      );
    }
    assert.throws(() => own!.run("DecoderPack", [tf.zeros([5, 33])], 1, { transpose_b: 0 }), /multiple of 32/);
  });
});

test("packed matrices follow their variables, are made once, and leave nothing", async () => {
  if (!own) return skip(noNative);
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const left = await tensorsLeftBy(() => {
    const packing = packedWeights(kernels().decodeStep!.packing, policy);
    assert.is(packing.names.length, 4 * 4 + 1); // four matrices of each of four layers, and the vocabulary
    const first = packing.current();
    assert.is(packing.current()["embed.packed"], first["embed.packed"]);
    const { variables } = policy;
    tf.tidy(() => variables.forEach((variable) => variable.assign(tf.mul(variable, 1.5))));
    const second = packing.current();
    assert.is.not(second["embed.packed"], first["embed.packed"]);
    assert.is(first["embed.packed"]!.isDisposed, true);
    packing.dispose();
  });
  assert.is(left, 0);
  // a model that is too large keeps one copy
  assert.equal(packedWeights(kernels().decodeStep!.packing, policy, 1000).names, []);
  policy.dispose();
});

test("many rows by packed matrices have the logits of single rows, which read the weights where they lie", () => {
  if (!own) return skip(noNative);
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const decoding = programDecoding(kernels().decodeStep!, policy);
  const prompts = Array.from({ length: 6 }, (_, i) => [5 + i, 70 + i, 900 + i]);
  const read = (ids: readonly (readonly number[])[]): number[] => {
    const { logits, caches } = decoding.prefill(
      ids,
      ids.map(() => 0),
    );
    const values = numbers(logits);
    tf.dispose([logits, ...caches.flatMap(({ keys, values }) => [keys, values])]);
    return values;
  };
  const together = read(prompts);
  close(
    together,
    prompts.flatMap((prompt) => read([prompt])),
    { rtol: 1e-4, atol: 1e-4 },
  );
  decoding.dispose?.();
  policy.dispose();
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { cuda } from "../../../lib/backend/cuda/kernels";
import { kernels } from "../../../lib/backend/kernels-in-use";
import { nativeBackend } from "../../../lib/backend/native/binding";
import { emulatedOperations } from "../../../lib/backend/native/operations";
import type { DecoderConfig } from "../../../lib/models/decoder/config";
import { memoryEstimate } from "../../../lib/models/memory/memory";
import { model } from "../../../lib/models/model";
import { expectTrainingRoom, trainingEstimate } from "../../../lib/models/memory/training-memory";
import { factorTensors } from "../../../lib/models/decoder/low-rank";
import { temporaryFolder, tinyConfig, tinyPolicy } from "../../fixtures";
import { skip } from "../../skip";

test.before(async () => void (await useBackend("cpu")));

const captured = (work: () => void): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const here = { name: "cpu", device: "cpu" } as const;

test(
  "full training: a gradient and two moments for every weight, and the parts that the embedding's gradient is made " +
    "of",
  () => {
    const { trained, weights, gradients, moments } = trainingEstimate(tinyConfig, here, { training: "full" });
    assert.is(trained, memoryEstimate(tinyConfig, here).parameters);
    assert.equal([weights, gradients, moments], [4 * trained, 4 * (trained + 2 * 300 * 16), 8 * trained]);
  },
);

test("LoRA: a gradient and two moments for the adapters, which come on top of the weights, frozen or not", () => {
  const whole = trainingEstimate(tinyConfig, here, { rank: 3 });
  const half = trainingEstimate(tinyConfig, here, { rank: 3 }, { frozen: "bf16" });
  const adapted = tinyPolicy().adapt({ rank: 3 });
  assert.is(
    whole.trained,
    adapted.variables.reduce((sum, { size }) => sum + size, 0),
  );
  // and the blocks of qkv and of gateUp
  assert.is(factorTensors(adapted.weights.adapter!).length, adapted.variables.length + 2);
  assert.is(whole.weights, memoryEstimate(tinyConfig, here).weights + 4 * whole.trained);
  assert.is(half.weights, memoryEstimate(tinyConfig, here, { frozen: "bf16" }).weights + 4 * whole.trained);
  assert.equal([whole.gradients, whole.moments], [4 * whole.trained, 8 * whole.trained]);
});

test("bf16 keeps half as much of the feed-forward layers of frozen matrices", async () => {
  const native = await useBackend("native").then(nativeBackend, () => undefined);
  const operations = native && emulatedOperations();
  if (!operations) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
  const { activations } = cuda(operations);
  const [stock, own] = [kernels().activations, kernels() as { activations: typeof activations }];
  const card = { name: "native", device: "gpu", precision: "bf16" } as const;
  try {
    own.activations = activations;
    const of = (precision: "f32" | "bf16", loading: { frozen?: "bf16" } = { frozen: "bf16" }) =>
      trainingEstimate(tinyConfig, { ...card, precision }, { batch: 2, length: 10, response: 4 }, loading);
    assert.is(of("f32").activations, of("bf16", {}).activations);
    // 4 bytes · 20 tokens · 2 layers, of (2.2 − 1.1) · the width of feed-forward layers and (1.1 − .55) · 7 · the rank
    const saved = of("f32").activations - of("bf16").activations;
    assert.is(Math.round(saved), Math.round(4 * 20 * 2 * (1.1 * tinyConfig.intermediate_size + 0.55 * 7 * 16)));
    assert.is(of("bf16").logits, of("f32").logits / 2);
  } finally {
    own.activations = stock;
    await useBackend("cpu");
  }
});

test("activations grow with tokens and layers, attention with their square, logits with the response", () => {
  const of = (plan: object, config: DecoderConfig = tinyConfig) =>
    trainingEstimate(config, here, { batch: 2, length: 10, response: 4, ...plan });
  assert.is(of({ batch: 6 }).activations, 3 * of({}).activations);
  assert.is(of({}, { ...tinyConfig, num_hidden_layers: 4 }).activations, 2 * of({}).activations);
  // twice as long: twice as many tokens, each with a row of scores twice as long. 4 bytes · 40 tokens · 2 layers · 2.3
  // · 4 heads · 10 more
  assert.is(Math.round(of({ length: 20 }).activations - 2 * of({}).activations), 4 * 40 * 2 * 2.3 * 4 * 10);
  assert.is(of({ response: 8 }).logits, 2 * of({}).logits);
  // a slice of the vocabulary at a time
  assert.is(Math.round(of({ batch: 1e6 }).logits), Math.round(4 * 8.9 * 2 ** 25));
});

test("the height of a step is where activations are there, or gradients, whichever are more", () => {
  const few = trainingEstimate(tinyConfig, here, { training: "full", batch: 1, length: 2, response: 1 });
  assert.ok(few.activations + few.logits < few.gradients);
  assert.is(few.needed, few.weights + few.moments + few.gradients + 256e6);
  const many = trainingEstimate(tinyConfig, here, { training: "full" });
  assert.is(many.needed, many.weights + many.moments + many.activations + many.logits + 256e6);
});

test(
  "checkpointing keeps the stream of each layer and all of one layer, with its gradients, which are there when the " +
    "last gradients come",
  () => {
    const of = (plan: object) => trainingEstimate(tinyConfig, here, { batch: 2, length: 10, response: 4, ...plan });
    const [all, anew] = [of({}), of({ checkpoint: true })];
    const layer = all.activations / tinyConfig.num_hidden_layers;
    const stream = 4 * 20 * tinyConfig.num_hidden_layers * tinyConfig.hidden_size; // bytes of 20 tokens
    assert.is(Math.round(anew.activations), Math.round(stream + 2.2 * layer));
    const full = of({ checkpoint: true, training: "full", response: 1, batch: 1 });
    const { activations, gradients } = full;
    assert.ok(
      Math.abs(
        full.needed -
          full.weights -
          full.moments -
          256e6 -
          Math.max(activations + full.logits, gradients + activations - stream / 2),
      ) < 1,
    );
    assert.not.match(
      String(captured(() => expectTrainingRoom("tiny", tinyConfig, here, { checkpoint: true, batch: 1e9 }))),
      "checkpoint",
    );
  },
);

test("training that does not fit is refused with every figure, before a weight is read", async () => {
  const folder = temporaryFolder();
  tinyPolicy().save(folder);
  const refusal = await model(folder, { plan: { batch: 1e9 } }).then(
    () => "loaded",
    (error: Error) => `${error.name}: ${error.message}`,
  );
  assert.match(refusal, /^RangeError: .*: training it with adapters on 1000000000 × 512 tokens at once needs /);
  assert.match(
    refusal.replace(/\d+\.\d/g, "0.0"),
    new RegExp(
      " needs 0\\.0 GB on the cpu backend \\(weights 0\\.0, gradients 0\\.0, moments 0\\.0, activations 0\\.0, " +
        "logits 0\\.0\\), 0\\.0 are there\\. Use smaller batches or shorter texts, \\{ checkpoint: true \\}, " +
        'or \\{ frozen: "bf16" \\}\\.$',
    ),
  );
  assert.match(refusal, /\(weights 0\.0, gradients 0\.0, moments 0\.0, activations/);
  assert.throws(
    () => expectTrainingRoom("tiny", tinyConfig, here, { training: "full", batch: 1e9 }),
    /tiny: training it whole.*or adapters\.$/,
  );
  (await model(folder, { plan: { batch: 1 } })).dispose();
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { adapterSize, mapsOf, packAdapter, unpackAdapter, type MapFactors } from "../../../lib/models/decoder/adapter";
import { loraConfig, loraTargets, scaleOf, type LoraConfig } from "../../../lib/models/decoder/lora-config";
import { factorTensors } from "../../../lib/models/decoder/low-rank";
import type { Policy } from "../../../lib/models/policy";
import { close, numbers, taught, tensorsLeftBy, tinyConfig, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const sequences = [
  { prompt: [7, 250, 31], response: [5, 299] },
  { prompt: [12], response: [90, 4, 290] },
];
const logpsOf = (policy: Policy) => {
  const batch = policy.batch(sequences);
  const rows = numbers(tf.tidy(() => tf.mul(policy.tokenLogps(batch).logps, batch.responseMask)));
  batch.dispose();
  return rows;
};

test("each map of a layer is r·(in + out) numbers, by hand", () => {
  // q 16→16, k and v 16→8, o 16→16, gate and up 16→24, down 24→16: in + out is 32, 24, 24, 32, 40, 40, 40
  assert.is(adapterSize(tinyConfig, { rank: 3, targets: loraTargets }), 2 * 3 * 232);
  assert.is(adapterSize(tinyConfig, { rank: 3, targets: ["q_proj", "v_proj"] }), 2 * 3 * 56);
  assert.equal(
    mapsOf(tinyConfig, { targets: ["k_proj", "down_proj"] }).map(
      ({ module, inputs, outputs }) => `${module} ${inputs} ${outputs}`,
    ),
    [
      "layers.0.self_attn.k_proj 16 8",
      "layers.0.mlp.down_proj 24 16",
      "layers.1.self_attn.k_proj 16 8",
      "layers.1.mlp.down_proj 24 16",
    ],
  );
});

test("the scale is alpha / r, or alpha / √r where it is rank-stabilised", () => {
  assert.is(scaleOf(loraConfig({ rank: 4, alpha: 8 })), 2);
  assert.is(scaleOf(loraConfig({ rank: 4, alpha: 8, rslora: true })), 4);
});

test("factors come out of their packed matrices as they went in, whatever the targets", async () => {
  for (const targets of [loraTargets, ["k_proj", "up_proj"], ["o_proj"]] as LoraConfig["targets"][]) {
    const lora = loraConfig({ rank: 3, targets });
    let next = 0;
    const count = (length: number) => Float32Array.from({ length }, () => ++next);
    const left = await tensorsLeftBy(() => {
      const given = new Map<string, MapFactors>();
      const adapter = packAdapter(tinyConfig, lora, ({ module, inputs, outputs }) => {
        given.set(module, { A: count(3 * inputs), B: count(outputs * 3) });
        return given.get(module)!;
      });
      const back = new Map<string, MapFactors>();
      unpackAdapter(adapter, tinyConfig, (module, factors) => void back.set(module, factors));
      assert.equal([...back], [...given]);
      tf.dispose(factorTensors(adapter));
    });
    assert.is(left, 0);
  }
});

test("new adapters change no bit; trained ones do; the policy that they were made of stays as it was", async () => {
  const left = await tensorsLeftBy(() => {
    const base = tinyPolicy();
    const before = logpsOf(base);
    const adapted = base.adapt({ rank: 2 });
    assert.is(adapted.variables.length, 2 * 4 * 2); // A and B of four packed matrices in two layers
    assert.is(adapted.parameters, 2 * 2 * 232);
    assert.equal(logpsOf(adapted), before);
    taught(adapted);
    assert.ok(logpsOf(adapted).some((logp, i) => Math.abs(logp - before[i]!) > 0.01));
    assert.equal(logpsOf(base), before);
    base.dispose();
    adapted.dispose();
  });
  assert.is(left, 0);
});

test("merged, it gives the same log-probabilities, and the same text with the same logps", async () => {
  for (const rslora of [false, true]) {
    const base = tinyPolicy();
    const adapted = taught(base.adapt({ rank: 2, alpha: 3, rslora }));
    const merged = adapted.merge();
    base.dispose(); // both live on without it
    close(logpsOf(merged), logpsOf(adapted), { rtol: 0, atol: 1e-5 });
    const [one] = await adapted.generate(["the cat sat"], { maxTokens: 12, temperature: 0 });
    const [other] = await merged.generate(["the cat sat"], { maxTokens: 12, temperature: 0 });
    assert.equal(one!.tokens, other!.tokens);
    close(one!.logps!, other!.logps!, { rtol: 0, atol: 1e-5 });
    assert.is(merged.variables.length, tinyPolicy().variables.length);
    adapted.dispose();
    merged.dispose();
  }
});

test("A depends on the seed and the map alone, and is uniform in ±1/√in", () => {
  const base = tinyPolicy();
  const A = (seed: number, targets: LoraConfig["targets"]) => {
    const drawn = new Map<string, MapFactors>();
    unpackAdapter(
      base.adapt({ rank: 8, seed, targets }).weights.adapter!,
      tinyConfig,
      (module, factors) => void drawn.set(module, factors),
    );
    return drawn.get("layers.1.self_attn.q_proj")!.A;
  };
  assert.equal(A(1, ["q_proj"]), A(1, loraTargets));
  assert.not.equal(A(1, loraTargets), A(2, loraTargets));
  const drawn = A(1, loraTargets);
  assert.ok(drawn.every((value) => Math.abs(value) <= 0.25));
  assert.ok(Math.max(...drawn) > 0.2 && Math.min(...drawn) < -0.2);
});

test("gradients of a loss over all factors are those of finite differences, and zero outside of the blocks", () => {
  const policy = taught(tinyPolicy().adapt({ rank: 2 }));
  const batch = policy.batch(sequences);
  const loss = () => tf.tidy(() => tf.sum(tf.mul(policy.tokenLogps(batch).logps, batch.responseMask)) as tf.Scalar);
  const { value, grads } = tf.variableGrads(loss, policy.variables);
  value.dispose();
  const at = () => numbers(loss())[0]!;
  for (const [name, { a, b, blocks }] of Object.entries(policy.weights.adapter!.layers[0]!)) {
    for (const variable of [a, b] as tf.Variable[]) {
      const gradient = grads[variable.name]!.dataSync();
      if (variable === b && blocks) blocks.dataSync().forEach((inside, i) => inside || assert.is(gradient[i], 0, name));
      const direction = tf.tidy(() =>
        tf.mul(
          tf.range(0, variable.size).reshape(variable.shape).mul(1.3).cos(),
          variable === b && blocks ? blocks : 1,
        ),
      );
      const start = tf.clone(variable as tf.Tensor);
      const step = 3e-4; // small, for the weights are wide and the loss is curved
      const [above, below] = [step, -step].map(
        (h) => (tf.tidy(() => variable.assign(tf.add(start, tf.mul(direction, h)))), at()),
      );
      variable.assign(start);
      const expected = Array.from(direction.dataSync()).reduce((sum, d, i) => sum + d * gradient[i]!, 0);
      assert.ok(
        Math.abs((above! - below!) / (2 * step) - expected) < 0.02 * Math.max(1, Math.abs(expected)),
        `${name}: ${(above! - below!) / (2 * step)}, the gradient says ${expected}`,
      );
      tf.dispose([direction, start]);
    }
  }
});

test("settings that make no sense, and adapters upon adapters, are refused with the value", () => {
  const base = tinyPolicy();
  const refused = (how: object, pattern: RegExp) => assert.throws(() => base.adapt(how), pattern);
  refused({ rank: 0 }, /rank is 0; it must be a whole number/);
  refused({ rank: 1.5 }, /rank is 1\.5/);
  refused({ alpha: -1 }, /alpha is -1; it must be a number above 0/);
  refused({ targets: [] }, /targets are \[\]; name some of q_proj, /);
  refused({ targets: ["lm_head"] }, /targets are \["lm_head"\]/);
  refused({ ranks: 2 }, /unknown setting "ranks"/);
  assert.throws(() => base.adapt({ rank: 1 }).adapt(), /has adapters already\. Train those, or merge\(\) them first/);
});

test.run();

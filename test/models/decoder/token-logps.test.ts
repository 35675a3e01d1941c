import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { gradients } from "../../../lib/backend/gradients";
import { tf } from "../../../lib/backend/tf";
import { batchOf } from "../../../lib/models/decoder/batch";
import { criticFrom } from "../../../lib/models/critic";
import { rotaryTables } from "../../../lib/models/decoder/rope";
import { tokenLogps } from "../../../lib/models/decoder/token-logps";
import { toArrays } from "../../../lib/models/checkpoints/write-weights";
import { variableFrom, type Weights } from "../../../lib/models/decoder/weights";
import { close, numbers, sharedJson, tensorsLeftBy, tinyConfig, tinyPolicy } from "../../fixtures";
import { referenceLogits } from "./reference-decoder";

test.before(async () => void (await useBackend("cpu")));

const sequences = [
  { prompt: [7, 250, 31], response: [5, 299] },
  { prompt: [12], response: [90, 4, 290] },
];

/** log p of each response token and the entropy where it was chosen, from the plain decoder. */
function reference(temperature: number): { logps: number[][]; entropy: number[][] } {
  const policy = tinyPolicy();
  const arrays = toArrays(policy.weights, policy.config);
  const rows = sequences.map(({ prompt, response }) => {
    const logits = referenceLogits(arrays, policy.config, [...prompt, ...response]);
    return response.map((token, r) => {
      const scaled = logits[prompt.length - 1 + r]!.map((logit) => logit / temperature);
      const total = Math.log(scaled.reduce((sum, logit) => sum + Math.exp(logit), 0));
      const logp = scaled.map((logit) => logit - total);
      return { logp: logp[token]!, entropy: -logp.reduce((sum, value) => sum + Math.exp(value) * value, 0) };
    });
  });
  policy.dispose();
  return {
    logps: rows.map((row) => row.map(({ logp }) => logp)),
    entropy: rows.map((row) => row.map(({ entropy }) => entropy)),
  };
}

for (const temperature of [1, 0.6]) {
  test(`log-probabilities and entropies are those of the plain decoder, at temperature ${temperature}`, async () => {
    const expected = reference(temperature);
    const left = await tensorsLeftBy(() => {
      const policy = tinyPolicy();
      const batch = policy.batch(sequences);
      const { logps, entropy } = policy.tokenLogps(batch, temperature);
      assert.equal(
        [logps.shape, entropy.shape],
        [
          [2, 3],
          [2, 3],
        ],
      );
      for (const [name, tensor] of [
        ["logps", logps],
        ["entropy", entropy],
      ] as const) {
        const rows = tensor.arraySync();
        close([...rows[0]!.slice(0, 2), ...rows[1]!], expected[name].flat(), { rtol: 1e-4, atol: 1e-4, what: name });
      }
      tf.dispose([logps, entropy]);
      batch.dispose();
      policy.dispose();
    });
    assert.is(left, 0);
  });
}

/**
 * A model of no layers that gives the first V tokens the logits asked for. Token V + k says nothing but "row k":
 * its vector is (logits, m) with m such that every vector has the norm of 20; the last dimension of the final
 * norm is negative, which makes those tokens themselves impossible.
 */
function giving(logits: readonly number[][]): { weights: Weights; hidden: number[][] } {
  const V = logits[0]!.length;
  const rows = logits.map((row) => [...row, Math.sqrt(400 - row.reduce((sum, x) => sum + x * x, 0))]);
  const plain = Array.from({ length: V }, (_, i) => Array.from({ length: V + 1 }, (_, j) => Number(i === j)));
  const scale = 20 / Math.sqrt(V + 1); // the root mean square that the norm divides by
  const norm = Array.from({ length: V + 1 }, (_, j) => (j < V ? scale : -100 * scale));
  return {
    weights: { embed: variableFrom(tf.tensor2d([...plain, ...rows])), layers: [], norm: tf.tensor1d(norm) },
    hidden: rows.map((row) => row.map((x, j) => (j < V ? x : -100 * x))),
  };
}

type Entropy = {
  logits: number[][][];
  response_mask: number[][];
  token_entropy: number[][];
  entropy_loss_token_mean: number;
  grad_of_entropy_loss_wrt_logits: number[][][];
};
type Logprobs = {
  logits: number[][][];
  labels: number[][];
  logprobs: number[][];
  grad_of_sum_wrt_logits: number[][][];
  logprobs_temperature_0_6: number[][];
};
const golden = sharedJson("golden/rl.json") as { entropy: Entropy[]; logprobs: Logprobs[] } | undefined;

/** Values for the logits of each position, and the gradient of Σ weights·value that reaches the first V embeddings. */
function measure(
  logits: readonly number[][],
  labels: readonly number[],
  what: "logps" | "entropy",
  weights: readonly number[],
  temperature = 1,
) {
  const model = giving(logits);
  const V = logits[0]!.length;
  const config = {
    ...tinyConfig,
    vocab_size: V + logits.length,
    hidden_size: V + 1,
    num_hidden_layers: 0,
    rms_norm_eps: 1e-12,
  };
  const batch = batchOf(
    logits.map((_, k) => ({ prompt: [V + k], response: [labels[k]!] })),
    0,
  );
  const rope = rotaryTables(4, 4, 10000);
  const values = () => tokenLogps({ weights: model.weights, config, rope }, batch, temperature)[what];
  const embed = model.weights.embed as tf.Variable<tf.Rank.R2>;
  return tf.tidy(() => {
    const gradient = tf.variableGrads(
      () => tf.sum(tf.mul(values().reshape([-1]), tf.tensor1d([...weights]))) as tf.Scalar,
      [embed],
    ).grads[embed.name]!;
    return {
      values: numbers(values()),
      gradient: (gradient.arraySync() as number[][]).slice(0, V),
      hidden: model.hidden,
    };
  });
}

/** What reaches the embedding of token j is Σ_k ∂/∂logit_kj · hidden_k. */
const chained = (gradients: readonly number[][], hidden: readonly number[][]): number[] =>
  gradients[0]!.flatMap((_, j) =>
    hidden[0]!.map((_, c) => gradients.reduce((sum, row, k) => sum + row[j]! * hidden[k]![c]!, 0)),
  );

for (const c of golden?.logprobs ?? []) {
  test("verl's log-probabilities and their gradient", () => {
    const [logits, labels] = [c.logits.flat(), c.labels.flat()];
    const { values, gradient, hidden } = measure(
      logits,
      labels,
      "logps",
      labels.map(() => 1),
    );
    close(values, c.logprobs.flat(), { atol: 1e-5, what: "logps" });
    close(gradient.flat(), chained(c.grad_of_sum_wrt_logits.flat(), hidden), {
      rtol: 1e-4,
      atol: 1e-3,
      what: "gradient",
    });
    close(
      measure(
        logits,
        labels,
        "logps",
        labels.map(() => 1),
        0.6,
      ).values,
      c.logprobs_temperature_0_6.flat(),
      { atol: 1e-5, what: "at temperature 0.6" },
    );
  });
}
for (const c of golden?.entropy ?? []) {
  test("verl's entropy and its gradient", () => {
    const mask = c.response_mask.flat();
    const count = mask.reduce((a, b) => a + b);
    const { values, gradient, hidden } = measure(
      c.logits.flat(),
      mask.map(() => 0),
      "entropy",
      mask.map((m) => m / count),
    );
    close(values, c.token_entropy.flat(), { atol: 1e-5, what: "entropy" });
    close([values.reduce((sum, value, k) => sum + (value * mask[k]!) / count, 0)], [c.entropy_loss_token_mean], {
      what: "mean",
    });
    close(gradient.flat(), chained(c.grad_of_entropy_loss_wrt_logits.flat(), hidden), {
      rtol: 1e-4,
      atol: 1e-3,
      what: "gradient",
    });
  });
}

test("recomputed in the backward pass, gradients of weights and adapters are the same to the last bit", async () => {
  const whole = tinyPolicy();
  const adapted = whole.adapt({ rank: 2 });
  for (const variable of adapted.variables)
    tf.tidy(() => variable.assign(tf.add(variable, tf.range(0, variable.size).reshape(variable.shape).sin().mul(0.1))));
  const critic = criticFrom(whole);
  const batch = whole.batch(sequences);
  const left = await tensorsLeftBy(() => {
    for (const policy of [whole, adapted]) {
      const [kept, anew] = [false, true].map((checkpoint) => {
        const { value, gradients: found } = gradients(
          () =>
            tf.tidy(() => {
              const { logps, entropy } = policy.tokenLogps(batch, 0.8, { checkpoint });
              return tf.sum(tf.add(tf.mul(logps, batch.responseMask), tf.mul(entropy, 0.1)));
            }),
          policy.variables,
        );
        return [value, ...found].map(numbers);
      });
      assert.equal(anew, kept);
      assert.ok(kept!.every((gradient) => gradient.some((value) => value !== 0)));
    }
    const [kept, anew] = [false, true].map((checkpoint) => {
      const { value, gradients: found } = gradients(
        () => tf.tidy(() => tf.sum(tf.square(tf.sub(critic.values(batch, { checkpoint }), 3)))),
        critic.variables,
      );
      return [value, ...found].map(numbers);
    });
    assert.equal(anew, kept);
  });
  assert.is(left, 0);
  batch.dispose();
  for (const each of [critic, adapted, whole]) each.dispose();
});

test("computed anew, far fewer tensors are kept between the passes", () => {
  const policy = tinyPolicy();
  const batch = policy.batch(sequences);
  const [kept, anew] = [false, true].map((checkpoint) => {
    let most = 0;
    const loss = () =>
      tf.tidy(() => {
        const { logps } = policy.tokenLogps(batch, 1, { checkpoint });
        return tf.sum(logps) as tf.Scalar;
      });
    const { value, gradients: found } = gradients(() => {
      const result = loss();
      most = tf.memory().numBytes;
      return result;
    }, policy.variables);
    tf.dispose([value, ...found]);
    return most - tf.memory().numBytes;
  });
  assert.ok(anew! < kept! / 2, `${anew} bytes, and ${kept} without`);
  batch.dispose();
  policy.dispose();
});

test.run();

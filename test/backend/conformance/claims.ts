import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import type { AdamPart } from "../../../lib/backend/adam";
import { useBackend } from "../../../lib/backend/choose";
import { composed } from "../../../lib/backend/composed/kernels";
import { gradients } from "../../../lib/backend/gradients";
import type { Kernels } from "../../../lib/backend/kernels";
import type { BackendName } from "../../../lib/backend/loader";
import { tf } from "../../../lib/backend/tf";
import { close, numbers } from "../../fixtures";
import { claimsOn } from "../claims-on";
import { cases, type Case, type Numbers } from "./cases";

/** Random calls of each kernel. */
const calls = 6;

const tensorOf = ({ shape, data }: Numbers): tf.Tensor =>
  tf.tensor(data, shape, data instanceof Int32Array ? "int32" : "float32");

/** The value of a call and its gradient in every input, for a direction that differs everywhere. */
function derived(kernels: Kernels, { inputs, constants = [], call }: Case): { shape: number[]; results: number[][] } {
  return tf.tidy(() => {
    const [xs, given] = [inputs.map(tensorOf), constants.map(tensorOf)];
    const alone = call(kernels, xs, given); // outside of a gradient, kernels save nothing
    const { shape, size } = alone;
    const direction = tf.tensor(
      Float32Array.from({ length: size }, (_, i) => Math.sin(1.3 * i * i + 1)),
      shape,
    );
    const { value, gradients: found } = gradients(() => call(kernels, xs, given), xs, direction);
    assert.equal(numbers(value), numbers(alone), "the value does not depend on whether a gradient is wanted");
    return { shape, results: found.map(numbers).concat([numbers(call(kernels, xs, given))]) };
  });
}

const alike = (actual: readonly number[], expected: readonly number[], what: string): void =>
  close(actual, expected, {
    rtol: 1e-4,
    atol: 1e-4 * expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1),
    what,
  });

/**
 * Claims that an implementation computes what `composed` computes on the plain JavaScript backend: values, gradients
 * and shapes for random sizes, and that no tensor is left.
 *
 * @param kernels the implementation, asked for while `backend` is in use
 */
export function conforms(backend: BackendName, kernels: () => Kernels): void {
  const claim = claimsOn(backend);
  /** What `compute` gives with the reference, then with the implementation. */
  const both = async <T>(compute: (kernels: Kernels) => T | Promise<T>): Promise<[actual: T, expected: T]> => {
    await useBackend("cpu");
    const expected = await compute(composed);
    await useBackend(backend);
    return [await compute(kernels()), expected];
  };

  for (const [name, make] of Object.entries(cases)) {
    claim(`${name}: value, gradients and shape for ${calls} random sizes`, async () => {
      for (let i = 0; i < calls; i++) {
        const one = make(random("conformance").fork(name, i));
        const [actual, expected] = await both((implementation) => derived(implementation, one));
        assert.equal(actual.shape, one.shape, one.what);
        assert.equal(expected.shape, one.shape, one.what);
        actual.results.forEach((result, r) =>
          alike(result, expected.results[r]!, `${one.what}: ${one.inputs[r] ? `gradient of input ${r}` : "value"}`),
        );
      }
    });
  }

  claim("adam: variables and moments after three steps, and the squared norm", async () => {
    const rng = random("conformance").fork("adam");
    const sizes = [1, 7, 300];
    const drawn = sizes.map((size) =>
      Array.from({ length: 4 }, () => Array.from({ length: size }, () => rng.next() - 0.5)),
    );
    const [actual, expected] = await both((implementation) => {
      const parts = drawn.map(([start]) => {
        const zeros = () => tf.tidy(() => tf.variable(tf.mul(tf.zeros([start!.length]), 1)));
        return { variable: tf.tidy(() => tf.variable(tf.tensor1d(start!))), first: zeros(), second: zeros() };
      });
      const norms = [1, 2, 3].map((step) => {
        const withGradients = parts.map((part, i): AdamPart => ({ ...part, gradient: tf.tensor1d(drawn[i]![step]!) }));
        const gradientsNow = withGradients.map(({ gradient }) => gradient);
        const [norm] = numbers(implementation.squaredNorm(gradientsNow));
        implementation.adam(withGradients, {
          beta1: 0.9,
          beta2: 0.99,
          epsilon: 1e-6,
          rate: 0.1 / (1 - 0.9 ** step),
          correction: 1 / Math.sqrt(1 - 0.99 ** step),
          shrink: 0.99,
          scale: 0.5,
        });
        tf.dispose(gradientsNow);
        return norm!;
      });
      return [...parts.flatMap(({ variable, first, second }) => [variable, first, second]).map(numbers), norms];
    });
    actual.forEach((result, i) => alike(result, expected[i]!, `result ${i}`));
  });

  claim("chooseTokens: tokens and log-probabilities, plain, truncated, penalised and masked", async () => {
    const rng = random("conformance").fork("choose");
    for (const V of [1, 5, 33, 700]) {
      const B = 6;
      const logits = Float32Array.from({ length: B * V }, () => 12 * (rng.next() - 0.5));
      const uniforms = Array.from({ length: B }, () => rng.next());
      const seen = Array.from({ length: B }, () => new Set([rng.below(V), rng.below(V)]));
      const mask = Float32Array.from({ length: B * V }, (_, i) => (i % V > 0 && i % 3 === 0 ? -1e9 : 0));
      const plain = { topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, temperature: 1, uniforms, seen };
      for (const request of [
        plain,
        { ...plain, temperature: 0 },
        { ...plain, temperature: 0.7 },
        { ...plain, topK: 3 },
        { ...plain, topP: 0.8, temperature: 1.3 },
        { ...plain, minP: 0.1 },
        { ...plain, repetitionPenalty: 1.5 },
        { ...plain, mask, temperature: 0 },
        { ...plain, wanted: uniforms.map((_, b) => b % 2 === 0) },
      ]) {
        const [actual, expected] = await both(async (implementation) => {
          const tensor = tf.tensor2d(logits, [B, V]);
          const { tokens, logps } = await implementation.chooseTokens(tensor, request);
          tensor.dispose();
          const wanted = (_: unknown, b: number) => !("wanted" in request) || request.wanted[b]!;
          return { tokens: [...tokens].filter(wanted), logps: Array.from(logps).filter(wanted) };
        });
        assert.equal(actual.tokens, expected.tokens, `V ${V}, ${JSON.stringify({ ...request, mask: undefined })}`);
        close(actual.logps, expected.logps, { rtol: 1e-5, atol: 1e-5 });
      }
    }
  });
}

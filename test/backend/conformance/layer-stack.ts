import * as assert from "uvu/assert";
import { random, type Random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { composed } from "../../../lib/backend/composed/kernels";
import { gradients } from "../../../lib/backend/gradients";
import type { AttentionHeads, Kernels, LayerTensors, LowRankFactors } from "../../../lib/backend/kernels";
import { tf } from "../../../lib/backend/tf";
import { close, numbers } from "../../fixtures";
import type { claimsOn } from "../claims-on";

/** A decoder's layers one by one, by the functions of Kernels: what a stack has to compute. */
export function oneByOne(kernels: Kernels, x: tf.Tensor2D, call: Call): tf.Tensor2D {
  const { heads, layers, adapter, rotation, padding, T } = call;
  const [cos, sin] = rotation;
  const mask = kernels.attentionMask(padding, T, heads);
  const project = (rows: tf.Tensor2D, l: number, name: "qkv" | "out" | "gateUp" | "down") => {
    const factors = adapter?.[l]?.[name];
    const matrix = layers[l]![name];
    return factors ? kernels.lowRankProduct(rows, matrix, factors, 0.7) : kernels.product(rows, matrix);
  };
  return layers.reduce((rows, layer, l) => {
    const { rmsNorm, causalAttention, swiGlu } = kernels;
    const qkv = project(rmsNorm(rows, layer.norm1, heads.rms_norm_eps), l, "qkv");
    const attn = causalAttention(qkv, layer, heads, { cos: cos!, sin: sin! }, mask);
    const attended = tf.add(rows, project(attn, l, "out"));
    const gateUp = project(rmsNorm(attended as tf.Tensor2D, layer.norm2, heads.rms_norm_eps), l, "gateUp");
    return tf.add(attended, project(swiGlu(gateUp), l, "down"));
  }, x);
}

interface Call {
  readonly heads: AttentionHeads;
  readonly layers: readonly LayerTensors[];
  readonly adapter?: readonly Readonly<Partial<Record<"qkv" | "out" | "gateUp" | "down", LowRankFactors>>>[];
  readonly rotation: readonly tf.Tensor[];
  readonly padding: readonly number[];
  readonly T: number;
  readonly trained: readonly tf.Variable[];
}

/**
 * A stack of two layers with random sizes, multiples of `unit`. If `adapted`, matrices are frozen, and those of
 * attention have factors of this rank. A `length` is that of the only sequence. The same seed makes the same numbers on
 * every backend.
 */
export function callOf(
  rng: Random,
  adapted: boolean,
  { unit = 2, rank = 3, length = 0 } = {},
): Call & { x: tf.Tensor2D } {
  const K = 1 + rng.below(2);
  const heads = {
    num_attention_heads: K * (1 + rng.below(3)),
    num_key_value_heads: K,
    head_dim: unit * (1 + rng.below(40 / unit)),
    rms_norm_eps: 1e-5,
  };
  const [B, T] = length ? [1, length] : [1 + rng.below(3), 2 + rng.below(40)];
  const [C, F] = [unit * (1 + rng.below(40 / unit)), unit * (1 + rng.below(40 / unit))] as const;
  const [H, D] = [heads.num_attention_heads, heads.head_dim];
  const width = (H + 2 * K) * D;
  const trained: tf.Variable[] = [];
  const draw = (shape: number[], scale: number, offset = 0): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => offset + scale * (2 * rng.next() - 1)),
      shape,
    );
  const own = (tensor: tf.Tensor, trains: boolean) => {
    if (!trains) return tensor;
    const variable = tf.variable(tensor);
    trained.push(variable);
    return variable;
  };
  const matrix = (rows: number, columns: number) => own(draw([rows, columns], 1 / Math.sqrt(rows)), !adapted);
  const [hasBias, hasNorms] = [rng.below(2) === 1, rng.below(2) === 1];
  const layers = [0, 1].map(
    () =>
      ({
        norm1: own(draw([C], 0.3, 1), !adapted),
        qkv: matrix(C, width),
        ...(hasBias && { qkvBias: own(draw([width], 0.5), !adapted) }),
        ...(hasNorms && { qNorm: own(draw([D], 0.3, 1), !adapted), kNorm: own(draw([D], 0.3, 1), !adapted) }),
        out: matrix(H * D, C),
        norm2: own(draw([C], 0.3, 1), !adapted),
        gateUp: matrix(C, 2 * F),
        down: matrix(F, C),
      }) as unknown as LayerTensors,
  );
  const factors = (rows: number, columns: number, rank: number, blocks: boolean): LowRankFactors => ({
    a: own(draw([rows, rank], 0.5), true) as tf.Tensor2D,
    b: own(draw([rank, columns], 0.5), true) as tf.Tensor2D,
    ...(blocks && {
      blocks: tf.tensor2d(
        Float32Array.from({ length: rank * columns }, (_, i) => i % 2),
        [rank, columns],
      ),
    }),
  });
  const adapter = adapted
    ? [0, 1].map(() => ({ qkv: factors(C, width, rank, true), down: factors(F, C, 2, false) }))
    : undefined;
  const angles = Float32Array.from({ length: T * D }, (_, i) => Math.floor(i / D) * 0.3 ** (i % (D / 2)));
  return {
    heads,
    layers,
    ...(adapter && { adapter }),
    rotation: [
      tf.tensor2d(angles.map(Math.cos), [T, D]),
      tf.tensor2d(
        angles.map((angle, i) => (i % D < D / 2 ? -1 : 1) * Math.sin(angle)),
        [T, D],
      ),
    ],
    padding: Array.from({ length: B }, () => rng.below(T)),
    T,
    trained,
    x: draw([B * T, C], 1) as tf.Tensor2D,
  };
}

/** Claims that the stack of an implementation computes what the layers compute one by one. */
export function stackConforms(claim: ReturnType<typeof claimsOn>, kernels: () => Kernels): void {
  for (const [what, adapted, checkpoint] of [
    ["", false, false],
    [" with checkpoints", false, true],
    [" with frozen matrices and low-rank factors", true, false],
  ] as const)
    claim(`layers${what}: value and gradients of two layers for 3 random sizes`, async () => {
      for (let i = 0; i < 3; i++) {
        const results = async (backend: "cpu" | "native") => {
          await useBackend(backend);
          return tf.tidy(() => {
            const call = callOf(random("layers").fork(what, i), adapted);
            const { x, layers, heads, rotation, padding, T, trained, adapter } = call;
            const f = () => {
              const own = backend === "cpu" ? composed : kernels();
              if (backend === "cpu") return oneByOne(own, x, call);
              const options = { checkpoint, ...(adapter && { adapter, scale: 0.7 }) };
              const [cos, sin] = rotation;
              const mask = own.attentionMask(padding, T, heads);
              return own.layers!(x, layers, heads, { cos: cos!, sin: sin! }, mask, options);
            };
            const alone = f();
            const direction = tf.tensor(
              Float32Array.from({ length: alone.size }, (_, j) => Math.sin(1.3 * j * j + 1)),
              alone.shape,
            );
            const made = gradients(f, [x, ...trained], direction);
            const found = [made.value, ...made.gradients].map(numbers);
            assert.equal(found[0], numbers(alone), "the value does not depend on the gradient");
            tf.dispose(trained as tf.Variable[]);
            return found;
          });
        };
        const expected = await results("cpu");
        const actual = await results("native");
        assert.is(actual.length, expected.length);
        actual.forEach((result, r) =>
          close(result, expected[r]!, {
            rtol: 1e-4,
            atol: 1e-4 * expected[r]!.reduce((most, value) => Math.max(most, Math.abs(value)), 1),
            what: `result ${r}`,
          }),
        );
      }
    });
}

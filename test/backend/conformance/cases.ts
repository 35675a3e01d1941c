import type { Random } from "../../../lib/core/random";
import { causalMask } from "../../../lib/backend/causal-mask";
import type { AttentionParameters, Kernels } from "../../../lib/backend/kernels";
import { tf } from "../../../lib/backend/tf";

/** Numbers of a tensor that can be made again on every backend. */
export interface Numbers {
  readonly shape: number[];
  readonly data: Float32Array | Int32Array;
}

/** One call of a differentiable kernel. */
export interface Case {
  readonly what: string; // the shapes, for messages
  readonly shape: readonly number[]; // of the value
  readonly inputs: readonly Numbers[]; // what the value is differentiated by
  readonly constants?: readonly Numbers[]; // tensors that no gradient is wanted of
  call(kernels: Kernels, inputs: tf.Tensor[], constants: tf.Tensor[]): tf.Tensor;
}

const between = (rng: Random, least: number, most: number): number => least + rng.below(most - least + 1);

/** Numbers that are normally distributed, about. */
function floats(rng: Random, shape: number[], scale = 1): Numbers {
  const bell = () => rng.next() + rng.next() + rng.next() + rng.next() - 2;
  return { shape, data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => scale * 1.7 * bell()) };
}

const integers = (rng: Random, n: number, below: number): Numbers => ({
  shape: [n],
  data: Int32Array.from({ length: n }, () => rng.below(below)),
});

/** A matrix [rows, 2·pairs] of bfloat16 numbers, as pairs: int32 [rows, pairs]. */
function halves(rng: Random, rows: number, pairs: number): Numbers {
  const bits = new Int32Array((floats(rng, [rows, 2 * pairs]).data as Float32Array).buffer);
  const data = Int32Array.from(
    { length: rows * pairs },
    (_, i) => (bits[2 * i]! >>> 16) | (bits[2 * i + 1]! & ~0xffff),
  );
  return { shape: [rows, pairs], data };
}

/** Cosines and signed sines of angles, [..., D]. */
function rotation(shape: number[]): [cos: Numbers, sin: Numbers] {
  const D = shape.at(-1)!;
  const angles = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => Math.floor(i / D) * 0.3 ** (i % (D / 2)),
  );
  const sin = angles.map((angle, i) => (i % D < D / 2 ? -1 : 1) * Math.sin(angle));
  return [
    { shape, data: angles.map(Math.cos) },
    { shape, data: sin },
  ];
}

/** Random sizes of attention. */
function headsOf(rng: Random, [least, most]: readonly [number, number] = [1, 40]) {
  const K = between(rng, 1, 3);
  const heads = {
    num_attention_heads: K * between(rng, 1, 3),
    num_key_value_heads: K,
    head_dim: 2 * between(rng, least, most),
    rms_norm_eps: 1e-5,
  };
  return {
    heads,
    H: heads.num_attention_heads,
    K,
    D: heads.head_dim,
    width: (heads.num_attention_heads + 2 * K) * heads.head_dim,
  };
}

/** Which parameters an attention layer has, at random, and their numbers. */
function parametersOf(rng: Random, width: number, D: number) {
  const names = [
    ...(rng.below(2) ? (["qkvBias"] as const) : []),
    ...(rng.below(2) ? (["qNorm", "kNorm"] as const) : []),
  ];
  const inputs = names.map((name) => floats(rng, [name === "qkvBias" ? width : D]));
  const of = (tensors: tf.Tensor[]) =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as AttentionParameters;
  return { names: names.join(" "), inputs, of };
}

/** Attention of heads with so many pairs of dimensions. */
function attentionCase(rng: Random, pairs: readonly [number, number], most: number): Case {
  const { heads, H, K, D, width } = headsOf(rng, pairs);
  const [B, T] = [between(rng, 1, 4), between(rng, 1, most)];
  const padding = Array.from({ length: B }, () => rng.below(T));
  const { names, inputs, of } = parametersOf(rng, width, D);
  return {
    what: `B ${B}, T ${T}, H ${H}, K ${K}, D ${D}, padding ${padding}, ${names}`,
    shape: [B * T, H * D],
    inputs: [floats(rng, [B * T, width]), ...inputs],
    constants: rotation([T, D]),
    call: (kernels, [qkv, ...parameters], [cos, sin]) =>
      kernels.causalAttention(
        qkv as tf.Tensor2D,
        of(parameters),
        heads,
        { cos: cos!, sin: sin! },
        kernels.attentionMask(padding, T, heads),
      ),
  };
}

/** A random call of every differentiable kernel. */
export const cases: Readonly<Record<string, (rng: Random) => Case>> = {
  rmsNorm(rng) {
    const [N, C] = [between(rng, 1, 150), between(rng, 1, 100)];
    return {
      what: `x [${N}, ${C}]`,
      shape: [N, C],
      inputs: [floats(rng, [N, C], 2), floats(rng, [C])],
      call: (kernels, [x, weight]) => kernels.rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-3),
    };
  },
  swiGlu(rng) {
    const [N, F] = [between(rng, 1, 90), between(rng, 1, 100)];
    return {
      what: `x [${N}, ${2 * F}]`,
      shape: [N, F],
      inputs: [floats(rng, [N, 2 * F], 8)],
      call: (kernels, [x]) => kernels.swiGlu(x as tf.Tensor2D),
    };
  },
  product(rng) {
    const [N, K, M] = [between(rng, 1, 70), between(rng, 1, 80), between(rng, 1, 80)];
    const transposed = rng.below(2) === 1;
    return {
      what: `[${N}, ${K}] by ${M} outputs, transposed: ${transposed}`,
      shape: [N, M],
      inputs: [floats(rng, [N, K]), floats(rng, transposed ? [M, K] : [K, M])],
      call: (kernels, [x, matrix]) => kernels.product(x as tf.Tensor2D, matrix as tf.Tensor2D, transposed),
    };
  },
  "product with bfloat16"(rng) {
    const [N, K, M] = [between(rng, 1, 30), 2 * between(rng, 1, 30), 2 * between(rng, 1, 30)];
    const transposed = rng.below(2) === 1;
    return {
      what: `[${N}, ${K}] by ${M} outputs, transposed: ${transposed}`,
      shape: [N, M],
      inputs: [floats(rng, [N, K])],
      constants: [transposed ? halves(rng, M, K / 2) : halves(rng, K, M / 2)],
      call: (kernels, [x], [matrix]) => kernels.product(x as tf.Tensor2D, matrix as tf.Tensor2D, transposed),
    };
  },
  lowRankProduct(rng) {
    const [N, K, M, r] = [between(rng, 1, 40), between(rng, 1, 40), between(rng, 2, 40), between(rng, 1, 6)];
    const blocks = rng.below(2) ? [{ shape: [r, M], data: Float32Array.from({ length: r * M }, (_, i) => i % 2) }] : [];
    return {
      what: `[${N}, ${K}] by ${M} outputs, rank ${r}, blocks: ${blocks.length}`,
      shape: [N, M],
      inputs: [floats(rng, [N, K]), floats(rng, [K, r]), floats(rng, [r, M])],
      constants: [floats(rng, [K, M]), ...blocks],
      call: (kernels, [x, a, b], [matrix, mask]) => {
        const factors = { a: a as tf.Tensor2D, b: b as tf.Tensor2D, ...(mask && { blocks: mask as tf.Tensor2D }) };
        return kernels.lowRankProduct(x as tf.Tensor2D, matrix as tf.Tensor2D, factors, 0.7);
      },
    };
  },
  embedding(rng) {
    const [V, C, N] = [between(rng, 1, 50), between(rng, 1, 40), between(rng, 1, 60)];
    return {
      what: `${N} rows of [${V}, ${C}]`,
      shape: [N, C],
      inputs: [floats(rng, [V, C])],
      constants: [integers(rng, N, V)],
      call: (kernels, [matrix], [ids]) => kernels.embedding(matrix as tf.Tensor2D, ids as tf.Tensor1D),
    };
  },
  rotary(rng) {
    const [B, heads, T, D] = [between(rng, 1, 3), between(rng, 1, 4), between(rng, 1, 20), 2 * between(rng, 1, 20)];
    const table = rng.below(2) ? [T, D] : [B, 1, T, D];
    return {
      what: `[${B}, ${heads}, ${T}, ${D}] by [${table}]`,
      shape: [B, heads, T, D],
      inputs: [floats(rng, [B, heads, T, D])],
      constants: rotation(table),
      call: (kernels, [x], [cos, sin]) => kernels.rotary(x as tf.Tensor4D, { cos: cos!, sin: sin! }),
    };
  },
  causalAttention: (rng) => attentionCase(rng, [1, 40], 50),
  // past what a card's tensor cores hold
  "causalAttention of wide heads": (rng) => attentionCase(rng, [65, 128], 20),
  cachedAttention(rng) {
    const { heads, H, K, D, width } = headsOf(rng);
    const [B, T, before] = [between(rng, 1, 4), between(rng, 1, 6), between(rng, 1, 30)];
    const padding = Array.from({ length: B }, () => rng.below(before));
    const { names, inputs, of } = parametersOf(rng, width, D);
    return {
      what: `B ${B}, T ${T} after ${before}, H ${H}, K ${K}, D ${D}, padding ${padding}, ${names}`,
      shape: [B * T, H * D],
      inputs: [floats(rng, [B * T, width]), ...inputs],
      constants: [...rotation([T, D]), floats(rng, [B, K, before, D]), floats(rng, [B, K, before, D])],
      call: (kernels, [qkv, ...parameters], [cos, sin, keys, values]) =>
        kernels.cachedAttention(
          qkv as tf.Tensor2D,
          of(parameters),
          heads,
          { cos: cos!, sin: sin! },
          causalMask(padding, T, H / K, before),
          B,
          (newest) => ({
            keys: tf.concat([keys as tf.Tensor4D, newest.keys], 2),
            values: tf.concat([values as tf.Tensor4D, newest.values], 2),
          }),
        ),
    };
  },
  tokenLogps(rng) {
    const [N, C, V] = [between(rng, 1, 50), between(rng, 1, 20), between(rng, 2, 90)];
    const temperature = rng.pick([1, 0.6, 1.5]);
    const most = rng.pick([1 << 25, N * 7, 1]); // all logits at once, slices of 7, and of 1
    return {
      what: `[${N}, ${C}], V ${V}, temperature ${temperature}, ${most} logits at once`,
      shape: [N, 2],
      inputs: [floats(rng, [N, C]), floats(rng, [V, C], 2)],
      constants: [integers(rng, N, V)],
      call: (kernels, [hidden, head], [labels]) =>
        kernels.tokenLogps(hidden as tf.Tensor2D, head as tf.Tensor2D, labels as tf.Tensor1D, temperature, { most }),
    };
  },
  "tokenLogps of a frozen head in bfloat16"(rng) {
    const [N, C, V] = [between(rng, 1, 30), 2 * between(rng, 1, 10), between(rng, 2, 60)];
    const most = rng.pick([1 << 25, N * 7]);
    return {
      what: `[${N}, ${C}], V ${V}, ${most} logits at once`,
      shape: [N, 2],
      inputs: [floats(rng, [N, C])],
      constants: [integers(rng, N, V), halves(rng, V, C / 2)],
      call: (kernels, [hidden], [labels, head]) =>
        kernels.tokenLogps(hidden as tf.Tensor2D, head as tf.Tensor2D, labels as tf.Tensor1D, 1, { most }),
    };
  },
};

import type { Random } from "../../core/random";
import { isHalf, widen } from "../../backend/bfloat16";
import { tf } from "../../backend/tf";
import type { DecoderConfig } from "./config";
import { inputsOf, partsOf } from "./layout";
import { scaleOf, type LoraConfig } from "./lora-config";
import type { Adapter, Factors, LayerFactors, Projection } from "./low-rank";
import { mapWeights, variableFrom, type Weights } from "./weights";

/** An adapted linear map, and its columns in a packed matrix. */
interface Part {
  readonly module: string; // "self_attn.q_proj"
  readonly at: number;
  readonly width: number; // out
}

/** The adapted linear maps of one packed matrix. */
interface Packing {
  readonly name: Projection;
  readonly inputs: number; // rows of the packed matrix
  readonly columns: number; // columns of the packed matrix
  readonly parts: readonly Part[];
}

function packingsOf(config: DecoderConfig, { targets }: Pick<LoraConfig, "targets">): Packing[] {
  const inputs = inputsOf(config);
  return partsOf(config).flatMap(([name, weights]) => {
    if (inputs[name] === undefined) return []; // a vector
    let columns = 0;
    const parts = weights.map(
      ([weight, width]): Part => ({ module: weight.replace(/\.weight$/, ""), at: (columns += width) - width, width }),
    );
    const own = parts.filter(({ module }) => targets.some((target) => module.endsWith(`.${target}`)));
    return own.length ? [{ name: name as Projection, inputs: inputs[name]!, columns, parts: own }] : [];
  });
}

/** An adapted linear map of one layer. */
interface AdaptedMap {
  readonly module: string; // "layers.0.self_attn.q_proj"
  readonly inputs: number;
  readonly outputs: number;
}

/** The adapted linear maps of all layers. */
export const mapsOf = (config: DecoderConfig, lora: Pick<LoraConfig, "targets">): AdaptedMap[] =>
  Array.from({ length: config.num_hidden_layers }, (_, l) =>
    packingsOf(config, lora).flatMap(({ inputs, parts }) => parts.map((part) => mapOf(l, inputs, part))),
  ).flat();

const mapOf = (l: number, inputs: number, { module, width }: Part): AdaptedMap => ({
  module: `layers.${l}.${module}`,
  inputs,
  outputs: width,
});

/** The number of trained parameters: r·(in + out) for each map. */
export const adapterSize = (config: DecoderConfig, lora: Pick<LoraConfig, "rank" | "targets">): number =>
  mapsOf(config, lora).reduce((sum, { inputs, outputs }) => sum + lora.rank * (inputs + outputs), 0);

/** The number of values in the packed tensors, zeros included: this is what memory holds. */
export const packedSize = (config: DecoderConfig, lora: Pick<LoraConfig, "rank" | "targets">): number =>
  config.num_hidden_layers *
  packingsOf(config, lora).reduce(
    (sum, { inputs, columns, parts }) => sum + parts.length * lora.rank * (inputs + columns),
    0,
  );

/** The factors of one map, row by row: A [r, in] and B [out, r]. */
export interface MapFactors {
  readonly A: Float32Array;
  readonly B: Float32Array;
}

/** Makes an adapter of the factors of each map. The caller owns its tensors. */
export function packAdapter(
  config: DecoderConfig,
  lora: LoraConfig,
  factorsOf: (map: AdaptedMap) => MapFactors,
): Adapter {
  const packings = packingsOf(config, lora).map((packing) => ({ ...packing, blocks: blocksOf(packing, lora.rank) }));
  const layer = (l: number): LayerFactors =>
    Object.fromEntries(
      packings.map((packing) => [
        packing.name,
        packed(packing, lora.rank, (part) => factorsOf(mapOf(l, packing.inputs, part))),
      ]),
    );
  return { lora, layers: Array.from({ length: config.num_hidden_layers }, (_, l) => layer(l)) };
}

/**
 * A mask that is 1 where B of a packed matrix may differ from 0. Undefined if B may differ everywhere. All layers share
 * the mask.
 */
function blocksOf({ parts, columns }: Packing, r: number): tf.Tensor2D | undefined {
  if (parts.length === 1 && parts[0]!.width === columns) return undefined;
  const data = new Float32Array(parts.length * r * columns);
  parts.forEach(({ at, width }, p) => {
    for (let k = 0; k < r; k++) data.fill(1, (p * r + k) * columns + at, (p * r + k) * columns + at + width);
  });
  return tf.tensor2d(data, [parts.length * r, columns]);
}

function packed(
  { inputs, columns, parts, blocks }: Packing & { blocks: tf.Tensor2D | undefined },
  r: number,
  factorsOf: (part: Part) => MapFactors,
): Factors {
  const inner = parts.length * r;
  const [a, b] = [new Float32Array(inputs * inner), new Float32Array(inner * columns)];
  parts.forEach((part, p) => {
    const { A, B } = factorsOf(part);
    for (let k = 0; k < r; k++) {
      for (let i = 0; i < inputs; i++) a[i * inner + p * r + k] = A[k * inputs + i]!;
      for (let j = 0; j < part.width; j++) b[(p * r + k) * columns + part.at + j] = B[j * r + k]!;
    }
  });
  return {
    a: variableFrom(tf.tensor2d(a, [inputs, inner])),
    b: variableFrom(tf.tensor2d(b, [inner, columns])),
    ...(blocks && { blocks }),
  };
}

/** The inverse of packAdapter: calls `take` for each map. */
export function unpackAdapter(
  { lora, layers }: Adapter,
  config: DecoderConfig,
  take: (module: string, factors: MapFactors) => void,
): void {
  const { rank: r } = lora;
  const packings = packingsOf(config, lora);
  layers.forEach((layer, l) => {
    for (const { name, inputs, columns, parts } of packings) {
      const [a, b] = [layer[name]!.a.dataSync(), layer[name]!.b.dataSync()];
      const inner = parts.length * r;
      parts.forEach(({ module, at, width }, p) => {
        const A = Float32Array.from(
          { length: r * inputs },
          (_, n) => a[(n % inputs) * inner + p * r + Math.floor(n / inputs)]!,
        );
        const B = Float32Array.from(
          { length: width * r },
          (_, n) => b[(p * r + (n % r)) * columns + at + Math.floor(n / r)]!,
        );
        take(`layers.${l}.${module}`, { A, B });
      });
    }
  });
}

/** New adapters, which change nothing: A is uniform in ±1/√in, as PEFT draws it, and B is zero. */
export const initialAdapter = (config: DecoderConfig, lora: LoraConfig, rng: Random): Adapter =>
  packAdapter(config, lora, ({ module, inputs, outputs }) => {
    const stream = rng.fork(module);
    const bound = 1 / Math.sqrt(inputs);
    return {
      A: Float32Array.from({ length: lora.rank * inputs }, () => (2 * stream.next() - 1) * bound),
      B: new Float32Array(outputs * lora.rank),
    };
  });

/**
 * Merges the adapter: W + scale·A·B for every matrix, as float32, and copies of all other tensors. The result has no
 * adapter. The caller owns the tensors.
 */
export const merged = (weights: Weights): Weights =>
  mapWeights(weights, (tensor, name) => {
    const [, l, own] = name.split(".");
    const { lora, layers } = weights.adapter ?? {};
    const factors = layers?.[Number(l)]?.[own as Projection];
    return tf.tidy(() => {
      const wide = isHalf(tensor) ? widen(tensor as tf.Tensor2D) : tf.clone(tensor);
      return factors ? tf.add(wide, tf.mul(tf.matMul(factors.a, factors.b), scaleOf(lora!))) : wide;
    });
  });

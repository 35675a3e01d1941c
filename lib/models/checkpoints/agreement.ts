import { CorruptData } from "../../core/errors";
import { partSize, readArray, sizeOf, type ArraySource } from "./array-source";
import type { DecoderConfig } from "../decoder/config";
import { arraysOf } from "../decoder/layout";

/** A config and the arrays beside it, made to agree as transformers makes them. */
interface Agreement {
  readonly config: DecoderConfig;
  readonly source: ArraySource;
  readonly notes: readonly string[]; // one sentence for each difference between config.json and the arrays
}

const embedding = "model.embed_tokens.weight";
const head = "lm_head.weight";

/** Tables and masks that older versions of transformers saved with the weights. They hold no learned numbers. */
const buffers = [
  /(^|\.)rotary_emb\.(inv_freq|cos_cached|sin_cached)$/,
  /(^|\.)rotary_pos_emb\.inv_freq$/,
  /(^|\.)self_attn\.(bias|masked_bias)$/,
  /(^|\.)position_ids$/,
];

/** Biases that transformers leaves out unless config.json asks for them. */
const optionalBias = /\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)\.bias$/;

/**
 * Resolves differences between a config and a file of one model as transformers 5 does, which loads such checkpoints
 * with a warning. Throws CorruptData naming an array that would change the result and that this library does not
 * compute.
 */
export function agreeing(declared: DecoderConfig, given: ArraySource): Agreement {
  const notes: string[] = [];
  const prefixed = underPrefix(given);
  const { config, source } = tiedAsSaved(declared, prefixed, notes);
  const filled = withZeroBiases(config, source, notes);
  expectKnown(config, filled, notes);
  return { config, source: filled, notes };
}

/** A model without its output projection ("LlamaModel") is saved without the prefix `model.` in its names. */
function underPrefix(source: ArraySource): ArraySource {
  if (source.shapeOf(embedding) || !source.shapeOf("embed_tokens.weight")) return source;
  const bare = (name: string) => name.replace(/^model\./, "");
  return renamed(
    source,
    source.names.map((name) => (name.startsWith("lm_head.") ? name : `model.${name}`)),
    bare,
  );
}

const renamed = (source: ArraySource, names: readonly string[], inside: (name: string) => string): ArraySource => ({
  ...source,
  names,
  shapeOf: (name) => source.shapeOf(inside(name)),
  read: (name, take) => source.read(inside(name), take),
});

/**
 * Decides whether the embedding is also the output projection, where the file has both arrays or only the second
 * (transformers, tie_weights).
 */
function tiedAsSaved(
  config: DecoderConfig,
  source: ArraySource,
  notes: string[],
): { config: DecoderConfig; source: ArraySource } {
  if (config.tie_word_embeddings === false || !source.shapeOf(head)) return { config, source };
  if (!source.shapeOf(embedding)) {
    notes.push(`${source.file} has no ${embedding}: ${head} is taken for both, since tie_word_embeddings is true.`);
    return {
      config,
      source: renamed(
        source,
        source.names.map((name) => (name === head ? embedding : name)),
        (name) => (name === embedding ? head : name),
      ),
    };
  }
  if (String(source.shapeOf(head)) === String(source.shapeOf(embedding)) && sameNumbers(source))
    return { config, source };
  notes.push(
    `tie_word_embeddings is true, but ${source.file} has a ${head} of other numbers than ${embedding}: both are ` +
      "used, as transformers does.",
  );
  return { config: { ...config, tie_word_embeddings: false }, source };
}

function sameNumbers(source: ArraySource): boolean {
  const { data } = readArray(source, embedding);
  let same = true;
  source.read(head, (part, from) => {
    for (let i = 0; same && i < part.length; i++) same = part[i] === data[from + i];
  });
  return same;
}

/** Adds biases of zeros where the architecture has a bias and the file does not. */
function withZeroBiases(config: DecoderConfig, source: ArraySource, notes: string[]): ArraySource {
  if (!source.shapeOf(embedding)) return source; // not a decoder: the reader of the weights reports what is missing
  const biases = partsOfLayer(config).filter(([part]) => part.endsWith(".bias"));
  const layers = source.names
    .flatMap((name) => /^model\.layers\.(\d+)\.input_layernorm\.weight$/.exec(name)?.[1] ?? [])
    .filter((l) => Number(l) < config.num_hidden_layers);
  const missing = new Map<string, number[]>(
    layers
      .flatMap((l) => biases.map(([part, shape]) => [`model.layers.${l}.${part}`, shape] as const))
      .filter(([name]) => !source.shapeOf(name)),
  );
  if (!missing.size) return source;
  notes.push(`${source.file} lacks ${listed([...missing.keys()])}: zeros are taken, as transformers does.`);
  return {
    ...source,
    shapeOf: (name) => missing.get(name) ?? source.shapeOf(name),
    read(name, take) {
      const shape = missing.get(name);
      if (!shape) return source.read(name, take);
      for (let from = 0; from < sizeOf(shape); from += partSize)
        take(new Float32Array(Math.min(partSize, sizeOf(shape) - from)), from);
    },
  };
}

/** Names and shapes of a layer's arrays, behind "model.layers.N.". */
const partsOfLayer = (config: DecoderConfig): [part: string, shape: number[]][] =>
  [...arraysOf({ ...config, num_hidden_layers: 1 })].flatMap(([name, shape]): [string, number[]][] =>
    name.startsWith(firstLayer) ? [[name.slice(firstLayer.length), shape]] : [],
  );
const firstLayer = "model.layers.0.";

/**
 * Throws CorruptData for an array of the decoder that this library does not compute. Notes the arrays that transformers
 * leaves out too.
 */
function expectKnown(config: DecoderConfig, source: ArraySource, notes: string[]): void {
  if (!source.shapeOf(embedding)) return; // not the file of a decoder: the reader of the weights reports it
  const parts = new Set(partsOfLayer(config).map(([part]) => part));
  const kinds = { layer: [] as string[], bias: [] as string[], other: [] as string[] };
  for (const name of source.names) {
    const [, layer, part = ""] = /^model\.layers\.(\d+)\.(.+)$/.exec(name) ?? [];
    const beyond = layer !== undefined && Number(layer) >= config.num_hidden_layers;
    if (
      buffers.some((pattern) => pattern.test(name)) ||
      name === embedding ||
      name === "model.norm.weight" ||
      name === head ||
      (parts.has(part) && !beyond)
    )
      continue;
    if (beyond) kinds.layer.push(name);
    else if (optionalBias.test(name)) kinds.bias.push(name);
    else if (/^(model|lm_head)\./.test(name))
      throw new CorruptData(
        source.file,
        `${name} [${source.shapeOf(name)}] is no part of the decoder that config.json describes, and would change ` +
          "what it computes",
        "Take a model of a kind that is read, in float32, float16 or bfloat16, or its merged or dequantised form.",
      );
    else kinds.other.push(name);
  }
  if (kinds.layer.length)
    notes.push(
      `${source.file} has ${listed(kinds.layer)}, but num_hidden_layers is ${config.num_hidden_layers}: they are ` +
        "left out, as transformers does.",
    );
  if (kinds.bias.length)
    notes.push(
      `${source.file} has ${listed(kinds.bias)}, which config.json does not ask for: they are left out, as ` +
        "transformers does.",
    );
  if (kinds.other.length)
    notes.push(`${source.file} has ${listed(kinds.other)}, which no decoder needs: they are left out.`);
}

const listed = (names: readonly string[]): string =>
  names.length > 2 ? `${names[0]} and ${names.length - 1} more arrays` : names.join(" and ");

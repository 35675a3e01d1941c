import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptData, throwIfAborted } from "../../core/errors";
import type { Embedder, EmbedOptions, InnerProducts } from "../../core/roles";
import { settings } from "../../core/settings";
import { snapshot, type HubOptions } from "../../data/hub/hub";
import { projectPath } from "../../data/paths";
import { useBackend } from "../../backend/choose";
import { tf } from "../../backend/tf";
import { yieldToEventLoop } from "../generation/event-loop";
import { openFolder } from "../checkpoints/safetensors/sharded";
import { encoderConfig, type EncoderConfig } from "./config";
import { pooled } from "./forward";
import { readRecipe, type EncoderRecipe } from "./recipe";
import { readTokens } from "./tokens";
import { readEncoderWeights, type EncoderWeights } from "./weights";

/** Turns texts into vectors. Texts of similar meaning have vectors with a large inner product. */
export interface Encoder extends Embedder {
  readonly name: string; // as given
  readonly dimensions: number; // D
  readonly recipe: EncoderRecipe;
  /**
   * One vector for each text, in order, as [N·D] float32. Texts of similar length are computed together.
   * Throws Interrupted when `signal` fires.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array>;
  products(vectors: Float32Array, dimensions: number): InnerProducts;
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

/** Settings of `encoder`. */
export interface EncoderOptions extends Partial<EncoderRecipe> {
  /** tokens computed at once, padding included */
  readonly batchTokens?: number;
  readonly hub?: HubOptions;
}

const files = [
  "config.json",
  "tokenizer.json",
  "model*.safetensors*",
  "modules.json",
  "*_Pooling/config.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
];

/**
 * A text encoder of the BERT, RoBERTa or XLM-RoBERTa family (bge, e5, Contriever, MiniLM), by its Hub id or from a
 * folder in Hugging Face layout. Pooling, normalisation, length and prefixes are those that the folder describes.
 * Options override them; `encoderRecipes` has the settings of model cards: `encoder("facebook/contriever",
 * encoderRecipes.contriever)`.
 *
 * Throws CorruptData naming the file and the array or field, RangeError if nothing has this name, SearchUnavailable if
 * the hub does not answer. The caller disposes of it.
 */
export async function encoder(
  idOrPath: string,
  { batchTokens = 8192, hub = {}, ...overrides }: EncoderOptions = {},
): Promise<Encoder> {
  await useBackend();
  const path = projectPath(idOrPath);
  if (!existsSync(path) && !/^[\w.-]+\/[\w.-]+$/.test(idOrPath))
    throw new RangeError(
      `encoder: there is no folder ${path}, and "${idOrPath}" is no Hub id. Write a path, or "owner/name".`,
    );
  const folder = existsSync(path) ? path : (await snapshot(idOrPath, files, hub)).folder;
  const config = readConfig(join(folder, "config.json"));
  const recipe = settings(
    "encoder",
    readRecipe(folder, config.max_position_embeddings - config.firstPosition),
    overrides,
  );
  const tokens = readTokens(join(folder, "tokenizer.json"));
  const source = openFolder(folder);
  let weights: EncoderWeights;
  try {
    weights = readEncoderWeights(source, config);
  } finally {
    source.close();
  }
  const D = config.hidden_size;
  return {
    name: idOrPath,
    dimensions: D,
    recipe,
    async embed(texts, { as = "passage", signal } = {}) {
      const prefix = as === "query" ? recipe.queryPrefix : recipe.passagePrefix;
      const rows = texts.map((text) => tokens(prefix + text, recipe.maxTokens));
      const vectors = new Float32Array(texts.length * D);
      for (const batch of batches(
        rows.map((row) => row.length),
        batchTokens,
      )) {
        throwIfAborted(signal, "encoding");
        const result = pooled(weights, config, { ids: batch.map((row) => rows[row]!), pad: 0 }, recipe);
        const data = await result.data();
        result.dispose();
        for (const [i, row] of batch.entries()) vectors.set(data.subarray(i * D, (i + 1) * D), row * D);
        await yieldToEventLoop();
      }
      return vectors;
    },
    products: innerProducts,
    dispose: () => tf.dispose(weights),
  };
}

/** Computes inner products on the backend, which keeps a copy of the vectors. */
function innerProducts(vectors: Float32Array, dimensions: number): InnerProducts {
  const matrix = tf.tensor2d(vectors, [vectors.length / dimensions, dimensions]);
  return {
    async of(queries) {
      const product = tf.tidy(() =>
        tf.matMul(tf.tensor2d(queries, [queries.length / dimensions, dimensions]), matrix, false, true),
      );
      const numbers = (await product.data()) as Float32Array;
      product.dispose();
      return numbers;
    },
    dispose: () => matrix.dispose(),
  };
}

/**
 * Indices of texts, longest first, in batches whose padded size is at most `batchTokens`. A text longer than that is a
 * batch of its own.
 */
export function batches(lengths: readonly number[], batchTokens: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const groups: number[][] = [];
  for (let from = 0; from < order.length; ) {
    const width = Math.max(1, Math.floor(batchTokens / lengths[order[from]!]!));
    groups.push(order.slice(from, (from += width)));
  }
  return groups;
}

function readConfig(file: string): EncoderConfig {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CorruptData(
      file,
      cause instanceof Error ? cause.message : String(cause),
      "Copy or download the model again.",
      { cause },
    );
  }
  if (typeof json !== "object" || json === null)
    throw new CorruptData(file, "it is no JSON object", "Copy or download the model again.");
  return encoderConfig(file, json as Record<string, unknown>);
}

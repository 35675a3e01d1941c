import { join } from "node:path";
import { CorruptData } from "../core/errors";
import { writeAtomic } from "../core/atomic";
import { projectPath } from "../data/paths";
import { tf } from "./backend/tf";
import { architectures } from "./architectures";
import { readArray } from "./array-source";
import type { Batch } from "./batch";
import { openCheckpoint } from "./checkpoint";
import { modelTypeOf, toHuggingFace, type DecoderConfig } from "./config";
import { lazyArrays, loadWeights } from "./layout";
import type { Policy } from "./policy";
import { rotaryTablesOf } from "./rope";
import { writeSafetensors } from "./safetensors";
import { responseHidden } from "./token-logps";
import { frozen, namedTensors, trainable, variableFrom, variablesOf, type Weights } from "./weights";

/**
 * Estimates the return of a half-written response: a decoder of its own with one output, as verl's
 * AutoModelForTokenClassification (reference §4.4, step 4).
 */
export interface Critic {
  readonly variables: tf.Variable[];
  /** [B, R] the value before each response token, in reward units. Differentiable; the caller owns it. */
  values(batch: Batch): tf.Tensor2D;
  save(folder: string, dtype?: "F32" | "BF16"): void;
  dispose(): void;
}

type Head = { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [C, 1], [1]

function criticOf(weights: Weights, head: Head, config: DecoderConfig, tokens: { eos: number; pad: number }): Critic {
  const rope = rotaryTablesOf(config);
  return {
    get variables() {
      return [...variablesOf(weights), head.weight as tf.Variable<tf.Rank.R2>, head.bias as tf.Variable<tf.Rank.R1>];
    },
    values: (batch) =>
      tf.tidy(() => tf.add(tf.matMul(responseHidden(weights, config, batch, rope), head.weight), head.bias).reshape([batch.ids.shape[0], batch.responseLength]) as tf.Tensor2D),
    save(path, dtype = "F32") {
      const folder = projectPath(path);
      const { embed } = weights;
      const score = { "score.weight": { shape: [1, embed.shape[1]], data: head.weight.dataSync() as Float32Array }, "score.bias": { shape: [1], data: head.bias.dataSync() as Float32Array } };
      writeAtomic(join(folder, "config.json"), `${JSON.stringify({ ...toHuggingFace(config, tokens), architectures: [`${architectures[modelTypeOf(config)].className}ForTokenClassification`], num_labels: 1 }, null, 2)}\n`);
      writeSafetensors(join(folder, "model.safetensors"), { ...lazyArrays(weights, config), ...score }, dtype);
    },
    dispose() {
      tf.dispose([...namedTensors(weights).map(([, tensor]) => tensor), head.weight, head.bias]);
      rope.dispose();
    },
  };
}

/** A critic on a copy of the policy's decoder, its head at zero: it predicts 0 until taught. The caller disposes of it. */
export function criticFrom(policy: Policy): Critic {
  const { tokenizer } = policy;
  const { head: _, ...body } = policy.weights; // a critic predicts no token
  const { tie_word_embeddings: __, ...config } = policy.config;
  const head = { weight: variableFrom(tf.zeros([config.hidden_size, 1])), bias: variableFrom(tf.zeros([1])) } as Head;
  return criticOf(trainable(frozen(body)), head, config, tokenizer);
}

/** Reads a critic that `save` wrote. Throws CorruptData. The caller disposes of it. */
export function readCritic(folder: string, policy: Policy): Critic {
  const { config, source } = openCheckpoint(folder);
  try {
    for (const [name, shape] of [["score.weight", [1, config.hidden_size]], ["score.bias", [1]]] as const) {
      const found = source.shapeOf(name);
      if (!found) throw new CorruptData(source.file, "score.weight or score.bias is missing", "This is not a critic: train one with coldstart, or leave it out.");
      if (String(found) !== String(shape)) throw new CorruptData(source.file, `${name} is [${found}]; config.json promises [${shape}]`, "Use the config.json saved with these weights.");
    }
    const weights = trainable(loadWeights(source, config));
    const head = { weight: variableFrom(tf.tensor2d(readArray(source, "score.weight").data, [config.hidden_size, 1])), bias: variableFrom(tf.tensor1d(readArray(source, "score.bias").data)) } as Head;
    return criticOf(weights, head, config, policy.tokenizer);
  } finally {
    source.close();
  }
}
